"""PlayerReID with a head that taps the backbone's stages."""

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
HEAD = dict(
    type='snreid_mm.LayerSimilarityHead',
    num_classes=4,
    taps=(0, 1),
    tap_channels=12)
JOINED = dict(HEAD, join_weights=(1., .2, .5))
MODEL = ConfigDict(
    type='snreid_mm.PlayerReID',
    backbone=BACKBONE,
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='LinearNeck', out_channels=16),
    ],
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
    fcs = [projection[0].fc for projection in model.head.taps.projections]
    assert [fc.in_features for fc in fcs] == [16, 32]
    assert model.head.in_channels == model.embedding_dim == 16
    assert 'backbone_channels' not in MODEL.head
    model = build(
        backbone=dict(
            type='ConvNeXt', arch='atto', out_indices=(1, 2, 3)))  # vectors
    fcs = [projection[0].fc for projection in model.head.taps.projections]
    assert [fc.in_features for fc in fcs] == [80, 160]
    losses = model.train()(images(), samples(), mode='loss')
    assert 'loss_tap1_triplet' in losses


def test_train_step():
    model = build().train()
    before = model.head.taps.projections[0][0].fc.weight.clone()
    log = model.train_step(
        dict(inputs=list((images() * 255).byte()), data_samples=samples()),
        OptimWrapper(torch.optim.SGD(model.parameters(), lr=.1)))
    assert {'loss_tap0_triplet', 'loss_tap1_triplet', 'loss_triplet'} < set(
        log)
    total = sum(value for key, value in log.items() if key.startswith('loss_'))
    assert torch.isclose(log['loss'], total)
    assert not torch.equal(model.head.taps.projections[0][0].fc.weight, before)


def test_the_embedding_does_not_change_by_tapping():
    model, plain = build().eval(), build(head=None).eval()
    plain.load_state_dict({
        key: value
        for key, value in model.state_dict().items()
        if not key.startswith('head.')
    })
    assert torch.equal(model(images()), plain(images()))


def test_joined_layers_in_every_mode():
    model = build(head=JOINED).eval()
    assert model.embedding_dim == 16 + 12 + 12
    assert model.head.classifier.in_features == 16
    joined = model(images())
    assert joined.shape == (4, 40)
    maps = model.extract_feat(images(), stage='backbone')
    final = model.extract_feat(images())[-1]
    assert torch.allclose(joined[:, :16], F.normalize(final), atol=1e-6)
    assert torch.equal(joined, model.head.join(final, maps))
    outputs = model(images(), samples(), mode='predict')
    assert torch.equal(outputs[2].embedding, joined[2])
    unit = build(head=JOINED, normalize_embedding=True).eval()
    assert torch.allclose(unit(images()), joined / 1.7**.5, atol=1e-6)


def test_joining_is_for_retrieval_only():
    losses = [
        build(head=head).train()(images(), samples(), mode='loss')
        for head in (HEAD, JOINED)
    ]
    assert set(losses[0]) == set(losses[1])
    for key, value in losses[0].items():
        assert torch.equal(value, losses[1][key])


def test_two_streams():
    model = build(
        part_extractor=dict(
            type='ResNet', depth=18, stem_channels=4, base_channels=4),
        neck=dict(type='snreid_mm.CompactBilinearPooling', out_channels=16),
        head=JOINED)
    assert model.eval()(images()).shape == (4, 40)
    losses = model.train()(images(), samples(), mode='loss')
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name


@pytest.mark.parametrize('overrides, message', [
    (dict(backbone=dict(BACKBONE, out_indices=(3, ))),
     r'^head\.taps\[1\] is output 1 of the backbone, but it gives 1 output, '
     r'.*write model\.backbone\.out_indices=\(1, 2, 3\)'),
    (dict(head=dict(HEAD, in_channels=8)),
     r'model\.head\.in_channels is 8, .*write 16'),
    (dict(head=dict(HEAD, backbone_channels=(8, 8, 8))),
     r'model\.head\.backbone_channels is .*\(16, 32, 64\)'),
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


def test_a_built_head_of_another_backbone_is_refused():
    head = build().head
    with pytest.raises(ValueError, match=r'model\.head\.taps \(LayerTaps\)'):
        build(backbone=dict(BACKBONE, base_channels=16), head=head)


# -- checkpoints ------------------------------------------------------------


def test_taps_are_free_unless_they_are_joined():
    state = build(seed=1).state_dict()
    without = {k: v for k, v in state.items() if 'head.' not in k}
    build().load_state_dict(without)  # strict
    for head in (dict(HEAD, tap_channels=9), dict(HEAD, num_classes=7),
                 dict(type='snreid_mm.ReIDHead', num_classes=4)):
        model = build(head=head)
        model.load_state_dict(state)
        assert torch.equal(model.backbone.conv1.weight,
                           state['backbone.conv1.weight'])


@pytest.mark.parametrize('head, message', [
    (dict(HEAD, tap_channels=9),
     r'4 weights are of another shape \(head\.taps\.projections\.0\.0\.fc\.'
     r"weight \(9, 16\), the model's \(12, 16\).*head\.taps LayerTaps"),
    (dict(type='snreid_mm.ReIDHead', num_classes=4),
     r'4 weights are missing from it \(head\.taps'),
    (dict(HEAD, taps=(0, 1, 2)), r'2 weights are unknown to the model'),
])
def test_joined_taps_must_fit(head, message):
    state = build(seed=1, head=head).state_dict()
    with pytest.raises(ValueError, match=message):
        build(head=JOINED).load_state_dict(state, strict=False)


def test_joined_taps_are_loaded_and_the_classifier_stays_free():
    trained = build(seed=1).eval()
    file = io.BytesIO()
    torch.save(trained.state_dict(), file)
    file.seek(0)
    model = build(head=dict(JOINED, num_classes=9)).eval()
    model.load_state_dict(torch.load(file, weights_only=True))
    for key, value in trained.head.taps.state_dict().items():
        assert torch.equal(model.head.taps.state_dict()[key], value)
    model.load_state_dict(build(seed=2, head=JOINED).state_dict())
