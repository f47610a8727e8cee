import pytest
import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.models import (BatchHardTripletLoss, LayerSimilarityHead,
                              ReIDHead)

LABELS = [0, 0, 1, 1, 4, 3]


def build(**overrides):
    torch.manual_seed(0)
    options = dict(
        in_channels=8,
        num_classes=5,
        backbone_channels=(4, 6, 10),
        taps=(0, 1),
        tap_channels=7)
    return LayerSimilarityHead(**{**options, **overrides})


def samples():
    return [DataSample().set_gt_label(label) for label in LABELS]


@pytest.fixture
def embeddings():
    return torch.randn(6, 8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def maps():
    generator = torch.Generator().manual_seed(1)
    shapes = ((6, 4, 8, 4), (6, 6, 4, 2), (6, 10, 4, 2))
    return tuple(torch.randn(shape, generator=generator) for shape in shapes)


def test_losses_come_beside_those_of_the_embedding(embeddings, maps):
    head = build()
    losses = head.loss((embeddings, ), samples(), maps=maps)
    plain = ReIDHead(in_channels=8, num_classes=5)
    plain.load_state_dict(head.state_dict(), strict=False)
    for key, value in plain.loss((embeddings, ), samples()).items():
        assert torch.equal(losses.pop(key), value)
    assert set(losses) == {'loss_tap0_triplet', 'loss_tap1_triplet'}
    triplet = BatchHardTripletLoss(margin=.3, normalize=True)
    for i in range(2):
        fc = head.taps.projections[i][0].fc
        assert torch.isclose(
            losses[f'loss_tap{i}_triplet'],
            triplet(fc(maps[i].mean((2, 3))), torch.tensor(LABELS)))


def test_gradients_reach_the_stages_and_the_layers(embeddings, maps):
    head = build(tap_channels=(7, 5))
    for each in maps:
        each.requires_grad_()
    losses = head.loss((embeddings, ), samples(), maps=maps)
    (losses['loss_tap0_triplet'] + losses['loss_tap1_triplet']).backward()
    for name, parameter in head.taps.named_parameters():
        assert parameter.grad is not None, name
    assert maps[0].grad.abs().sum() > 0 and maps[1].grad.abs().sum() > 0
    assert maps[2].grad is None


def test_each_tap_has_its_weight(embeddings, maps):
    loss_tap = dict(
        type='snreid_mm.BatchHardTripletLoss', margin=.5, loss_weight=.5)
    whole = build(loss_tap=dict(loss_tap, loss_weight=1.))
    half = build(
        loss_tap=loss_tap, taps=(0, dict(index=1, loss_weight=.25)))
    whole = whole.loss((embeddings, ), samples(), maps=maps)
    half = half.loss((embeddings, ), samples(), maps=maps)
    for i, weight in enumerate((.5, .25)):
        key = f'loss_tap{i}_triplet'
        assert torch.isclose(half[key], whole[key] * weight)
    assert half['loss_triplet'] == whole['loss_triplet']
    assert 'loss_weight' in loss_tap  # the config is left as it was


def test_number_and_width_of_layers(maps):
    head = build(
        taps=(dict(index=0, channels=(9, 7, 5)), dict(index=1, channels=()),
              -1),
        tap_channels=12)
    outputs = head.eval().taps(maps)
    assert [output.shape[1] for output in outputs] == [5, 6, 12]
    assert head.taps.out_channels == (5, 6, 12)
    assert torch.equal(outputs[1], maps[1].mean((2, 3)))
    kinds = [
        type(module) for module in head.taps.projections[0].modules()
        if not list(module.children()) and not isinstance(module, nn.Identity)
    ]
    # Norm and activation stand between the layers, not after the last.
    assert kinds == [
        nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear, nn.BatchNorm1d, nn.ReLU,
        nn.Linear
    ]
    plain = build(tap_channels=(9, 5), norm_cfg=None, act_cfg=None)
    kinds = {type(module) for module in plain.taps.modules()}
    assert not kinds & {nn.BatchNorm1d, nn.ReLU}


def test_vectors_are_maps_of_one_position(maps):
    vectors = (maps[0].mean((2, 3)), *maps[1:])
    head = build()
    for a, b in zip(head.taps(vectors), head.taps(maps)):
        assert torch.equal(a, b)
    with pytest.raises(ValueError, match=r'output 1 .*\(6, 6, 8\).*featmap'):
        head.taps((maps[0], maps[1].flatten(2)))


def test_the_embedding_alone_is_the_default(embeddings, maps):
    head = build()
    assert not head.joins_taps
    assert head.join(embeddings, maps) is embeddings
    assert head.joined_channels == 8


def test_joined_distance_is_the_weighted_sum(embeddings, maps):
    weights = (1., .2, .5)
    head = build(join_weights=weights)
    joined = head.join(embeddings, maps)
    assert joined.shape == (6, 8 + 7 + 7)
    assert head.joined_channels == 22
    expected = sum(
        weight * torch.cdist(F.normalize(layer), F.normalize(layer))**2
        for weight, layer in zip(weights, (embeddings, *head.taps(maps))))
    assert torch.allclose(torch.cdist(joined, joined)**2, expected, atol=1e-5)


def test_a_layer_of_weight_zero_is_left_out(embeddings, maps):
    head = build(join_weights=(0, 0, 2.))
    joined = head.join(embeddings, maps)
    assert joined.shape == (6, 7) and head.joined_channels == 7
    assert torch.allclose(joined.norm(dim=1), torch.full((6, ), 2.)**.5)


def test_joining_in_half_precision_gives_float32(embeddings, maps):
    head = build(join_weights=(1, 1, 1))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert head.join(embeddings, maps).dtype == torch.float32
        losses = head.loss((embeddings, ), samples(), maps=maps)
    assert losses['loss_tap0_triplet'].dtype == torch.float32


@pytest.mark.parametrize('overrides, message', [
    (dict(taps=(0, 3)),
     r'head\.taps\[1\] is output 3 of the backbone, but it gives 3 outputs'),
    (dict(taps=(0, 1), backbone_channels=(10, )),
     r'taps\[1\] is output 1 .* 1 output, .*out_indices=\(1, 2, 3\)'),
    (dict(taps=(-2, ), backbone_channels=(10, )),
     r'output -2 .*out_indices=\(2, 3\)'),
    (dict(taps=(4, )), 'more stages into model.backbone.out_indices'),
    (dict(taps=()), r'head\.taps is \(\).*ReIDHead'),
    (dict(taps=1), r'head\.taps is 1: write a list'),
    (dict(taps=('layer1', )), r"head\.taps\[0\] is 'layer1': write the numb"),
    (dict(taps=(dict(stage=1), )), r'taps\[0\] is .*a dict with index'),
    (dict(taps=(dict(index=1, loss_weight=-1), )),
     r'taps\[0\]\.loss_weight is -1'),
    (dict(taps=(dict(index=1, channels=[0]), )),
     r'taps\[0\]\.channels is \[0\]'),
    (dict(tap_channels='512'), r"head\.tap_channels is '512'"),
    (dict(backbone_channels=None), 'head.backbone_channels is not set'),
    (dict(join_weights=(1, 1)), 'head.join_weights is .*write 3 numbers'),
    (dict(join_weights=1.), 'head.join_weights is 1.0: write 3 numbers'),
    (dict(join_weights=(1, -1, 1)), 'numbers of 0 or more'),
    (dict(join_weights=(0, 0, 0)), 'one of them is above 0'),
    (dict(join_weights=(1, float('nan'), 1)), 'numbers of 0 or more'),
    (dict(num_classes=0), 'head.num_classes is 0'),
])
def test_bad_options(overrides, message):
    with pytest.raises(ValueError, match=message) as error:
        build(**overrides)
    assert '\n' not in str(error.value)


def test_samples_without_labels(embeddings, maps):
    with pytest.raises(ValueError, match='has no gt_label'):
        build().loss((embeddings, ), [DataSample()] * 6, maps=maps)
