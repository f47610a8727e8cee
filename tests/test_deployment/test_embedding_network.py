import pytest
import torch
from mmengine.config import Config
from small_networks import NETWORKS, PREPROCESSOR, SIZE, build

from snreid_mm.deployment import (EmbeddingNetwork, build_model, describe,
                                  normalization_of)


@pytest.mark.parametrize('name', ['vit', 'two-stream'])
def test_it_gives_what_predict_mode_gives(name):
    model = build(name)
    images = torch.randint(256, (3, 3, *SIZE), dtype=torch.uint8)
    with torch.no_grad():
        expected = torch.stack([
            each.embedding for each in model.test_step(dict(inputs=images))
        ])
        folded = EmbeddingNetwork(model, folded=True)(images)
        inputs = model.data_preprocessor(dict(inputs=images))['inputs']
        plain = EmbeddingNetwork(model)(inputs)
    assert torch.equal(plain, expected)
    assert torch.allclose(folded, expected, atol=1e-5)


def test_whether_embeddings_have_a_length_of_one():
    for name, expected in (('vit', True), ('resnet50-fc512', False)):
        assert EmbeddingNetwork(build(name)).has_unit_length(SIZE) == expected


def test_several_scales_and_padding_are_refused():
    model = build('vit')
    model.test_scales = (1, 1.25)
    with pytest.raises(ValueError, match=r'model.test_scales is \(1, 1.25\)'):
        EmbeddingNetwork(model)
    model.test_scales = (1, )
    model.data_preprocessor.pad_size_divisor = 32
    with pytest.raises(ValueError, match='pad_size_divisor is 32'):
        EmbeddingNetwork(model)


def test_normalization_is_read_from_the_model():
    model = build('vit')
    mean, std, to_rgb = normalization_of(model)
    assert mean == pytest.approx(PREPROCESSOR['mean'])
    assert std == pytest.approx(PREPROCESSOR['std']) and to_rgb
    assert describe(model) == 'PlayerReID(VisionTransformer)'


def config():
    return Config(
        dict(
            model=dict(
                type='snreid_mm.PlayerReID',
                input_size=SIZE,
                head=dict(type='snreid_mm.ReIDHead', num_classes=None),
                **NETWORKS['resnet50-fc512']),
            data_preprocessor=PREPROCESSOR))


def test_a_checkpoint_is_loaded_without_the_losses(tmp_path):
    model = build('resnet50-fc512')
    state = model.state_dict()
    state['head.classifier.weight'] = torch.zeros(7, 32)
    path = str(tmp_path / 'small.pth')
    torch.save(dict(state_dict=state), path)
    loaded = build_model(config(), path)
    assert loaded.head is None and not loaded.training
    images = torch.randint(256, (2, 3, *SIZE), dtype=torch.uint8)
    with torch.no_grad():
        one, two = (
            each.test_step(dict(inputs=images))[1].embedding
            for each in (model, loaded))
    assert torch.equal(one, two)
    torch.save(dict(state_dict=dict(other=torch.zeros(1))), path)
    with pytest.raises(ValueError, match='does not fit the model'):
        build_model(config(), path)


def test_another_kind_of_model_is_refused():
    cfg = config()
    cfg.model.type = 'ImageClassifier'
    with pytest.raises(ValueError, match="model.type is 'ImageClassifier'"):
        build_model(cfg, 'none.pth')
