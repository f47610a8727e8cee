"""PlayerReID with taps on the backbone's stages."""

import copy
import io

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import ConfigDict
from mmengine.optim import OptimWrapper
from mmpretrain.structures import DataSample

from snreid_mm.registry import MODELS

BACKBONE = dict(
    type='ResNet',
    depth=18,
    stem_channels=8,
    base_channels=8,
    out_indices=(1, 2, 3))
HEAD = dict(type='snreid_mm.LayerSimilarityHead', num_classes=4)
TAPS = dict(indices=(0, 1), channels=12)
JOINED = dict(TAPS, join_weights=(1., .2, .5))
MODEL = ConfigDict(
    type='snreid_mm.PlayerReID',
    backbone=BACKBONE,
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='LinearNeck', out_channels=16),
    ],
    taps=TAPS,
    head=HEAD,
    input_size=(64, 32))


def build(seed=0, **overrides):
    torch.manual_seed(seed)
    return MODELS.build(ConfigDict(copy.deepcopy(MODEL), **overrides))


def images(num=4):
    return torch.rand(
        num, 3, 64, 32, generator=torch.Generator().manual_seed(0))


def samples(labels=(0, 0, 1, 2)):
    return [DataSample().set_gt_label(label) for label in labels]


def test_channels_follow_the_backbone():
    model = build()
    fcs = [projection[0].fc for projection in model.taps.projections]
    assert [fc.in_features for fc in fcs] == [16, 32]
    assert model.head.in_channels == model.embedding_dim == 16
    assert 'in_channels' not in MODEL.taps
    model = build(
        backbone=dict(
            type='ConvNeXt', arch='atto', out_indices=(1, 2, 3)))  # vectors
    fcs = [projection[0].fc for projection in model.taps.projections]
    assert [fc.in_features for fc in fcs] == [80, 160]
    losses = model.train()(images(), samples(), mode='loss')
    assert 'loss_tap1_triplet' in losses


def test_train_step():
    model = build().train()
    before = model.taps.projections[0][0].fc.weight.clone()
    log = model.train_step(
        dict(inputs=list((images() * 255).byte()), data_samples=samples()),
        OptimWrapper(torch.optim.SGD(model.parameters(), lr=.1)))
    assert {'loss_tap0_triplet', 'loss_tap1_triplet', 'loss_triplet'} < set(
        log)
    total = sum(value for key, value in log.items() if key.startswith('loss_'))
    assert torch.isclose(log['loss'], total)
    assert not torch.equal(model.taps.projections[0][0].fc.weight, before)


def test_the_embedding_does_not_change_by_tapping():
    model, plain = build().eval(), build(head=None, taps=None).eval()
    plain.load_state_dict({
        key: value
        for key, value in model.state_dict().items()
        if not key.startswith(('head.', 'taps.'))
    })
    assert torch.equal(model(images()), plain(images()))


def test_joined_layers_in_every_mode():
    model = build(taps=JOINED).eval()
    assert model.embedding_dim == 16 + 12 + 12
    assert model.head.classifier.in_features == 16
    joined = model(images())
    assert joined.shape == (4, 40)
    maps = model.extract_feat(images(), stage='backbone')
    final = model.extract_feat(images())[-1]
    assert torch.allclose(joined[:, :16], F.normalize(final), atol=1e-6)
    assert torch.equal(joined, model.taps.join(final, model.taps(maps)))
    outputs = model(images(), samples(), mode='predict')
    assert torch.equal(outputs[2].embedding, joined[2])
    unit = build(taps=JOINED, normalize_embedding=True).eval()
    assert torch.allclose(unit(images()), joined / 1.7**.5, atol=1e-6)


def test_joining_is_for_retrieval_only():
    losses = [
        build(taps=taps).train()(images(), samples(), mode='loss')
        for taps in (TAPS, JOINED)
    ]
    assert set(losses[0]) == set(losses[1])
    for key, value in losses[0].items():
        assert torch.equal(value, losses[1][key])


def test_two_streams():
    model = build(
        part_extractor=dict(
            type='ResNet', depth=18, stem_channels=4, base_channels=4),
        neck=dict(type='snreid_mm.CompactBilinearPooling', out_channels=16),
        taps=JOINED)
    assert model.eval()(images()).shape == (4, 40)
    losses = model.train()(images(), samples(), mode='loss')
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name


@pytest.mark.parametrize('overrides, message', [
    (dict(backbone=dict(BACKBONE, out_indices=(3, ))),
     r'^model\.taps .*has output 1 of the backbone, but it gives 1, '
     r'.*model\.backbone\.out_indices, such as \(1, 2, 3\)'),
    (dict(head=dict(HEAD, in_channels=8)),
     r'model\.head\.in_channels is 8, .*write 16'),
    (dict(taps=dict(TAPS, in_channels=(8, 8, 8))),
     r'model\.taps \(LayerTaps\) cannot take an input'),
    (dict(taps=None), r'there are 0 for 0 taps: write .* into model\.taps'),
    (dict(head=dict(HEAD, loss_tap=[dict(type='L1Loss')])),
     r'there are 1 for 2 taps'),
    (dict(head=dict(type='snreid_mm.ReIDHead', num_classes=4)),
     r'model\.taps would not be trained: model\.head \(ReIDHead\)'),
    (dict(
        backbone=dict(
            type='VisionTransformer',
            arch='deit-tiny',
            img_size=(64, 32),
            out_indices=(5, 11),
            out_type='raw'),
        neck=None), 'out_type=.featmap'),
])
def test_taps_that_do_not_fit(overrides, message):
    with pytest.raises(ValueError, match=message):
        build(**overrides)


def test_built_taps_of_another_backbone_are_refused():
    taps = build().taps
    with pytest.raises(ValueError, match=r'model\.taps \(LayerTaps\)'):
        build(backbone=dict(BACKBONE, base_channels=16), taps=taps)


# -- checkpoints ------------------------------------------------------------


def test_taps_are_free_unless_they_are_joined():
    state = build(seed=1).state_dict()
    without = {
        k: v
        for k, v in state.items() if not k.startswith(('head.', 'taps.'))
    }
    build().load_state_dict(without)  # strict
    plain = dict(type='snreid_mm.ReIDHead', num_classes=4)
    for parts in (dict(taps=dict(TAPS, channels=9)),
                  dict(head=dict(HEAD, num_classes=7)),
                  dict(taps=None, head=plain)):
        model = build(**parts)
        model.load_state_dict(state)
        assert torch.equal(model.backbone.conv1.weight,
                           state['backbone.conv1.weight'])


@pytest.mark.parametrize('taps, message', [
    (dict(TAPS, channels=9),
     r'8 weights are of another shape \(taps\.projections\.0\.0\.fc\.'
     r'weight \(9, 16\)'),
    (dict(TAPS, indices=(0, )), r'4 weights are missing from it \(taps'),
    (dict(TAPS, indices=(0, 1, 2)), r'5 weights are unknown to the model'),
])
def test_joined_taps_must_fit(taps, message):
    state = build(seed=1, taps=taps).state_dict()
    with pytest.raises(ValueError, match=message):
        build(taps=JOINED).load_state_dict(state, strict=False)


def test_joined_taps_are_loaded_and_the_classifier_stays_free():
    trained = build(seed=1).eval()
    file = io.BytesIO()
    torch.save(trained.state_dict(), file)
    file.seek(0)
    model = build(taps=JOINED, head=dict(HEAD, num_classes=9)).eval()
    model.load_state_dict(torch.load(file, weights_only=True))
    for key, value in trained.taps.state_dict().items():
        assert torch.equal(model.taps.state_dict()[key], value)
    model.load_state_dict(build(seed=2, taps=JOINED).state_dict())
