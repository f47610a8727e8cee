import pytest
import torch
import torch.nn.functional as F
from torch import nn

from snreid_mm.models import LayerTaps


def build(**overrides):
    torch.manual_seed(0)
    options = dict(
        indices=(0, 1), in_channels=(4, 6, 10), channels=7, out_norm_cfg=None)
    return LayerTaps(**{**options, **overrides})


@pytest.fixture
def embeddings():
    return torch.randn(6, 8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def maps():
    generator = torch.Generator().manual_seed(1)
    shapes = ((6, 4, 8, 4), (6, 6, 4, 2), (6, 10, 4, 2))
    return tuple(torch.randn(shape, generator=generator) for shape in shapes)


def test_outputs_are_averaged_and_projected(maps):
    taps = build()
    layers = taps(maps)
    assert len(layers) == 2 and taps.out_channels == (7, 7)
    for i in range(2):
        fc = taps.projections[i][0].fc
        assert torch.equal(layers[i], fc(maps[i].mean((2, 3))))


def test_gradients_reach_the_stages_and_the_layers(maps):
    taps = build(channels=(7, 5))
    for each in maps:
        each.requires_grad_()
    sum(layer.square().sum() for layer in taps(maps)).backward()
    for name, parameter in taps.named_parameters():
        assert parameter.grad is not None, name
    assert maps[0].grad.abs().sum() > 0 and maps[1].grad.abs().sum() > 0
    assert maps[2].grad is None


def test_number_and_width_of_layers(maps):
    taps = build(indices=(0, 1, -1), channels=[(9, 7, 5), (), [12]]).eval()
    assert taps.indices == (0, 1, 2) and taps.out_channels == (5, 6, 12)
    layers = taps(maps)
    assert [layer.shape[1] for layer in layers] == [5, 6, 12]
    assert torch.equal(layers[1], maps[1].mean((2, 3)))
    kinds = [
        type(module) for module in taps.projections[0].modules()
        if not list(module.children()) and not isinstance(module, nn.Identity)
    ]
    # Norm and activation stand between the layers, not after the last.
    assert kinds == [
        nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear, nn.BatchNorm1d, nn.ReLU,
        nn.Linear
    ]
    plain = build(channels=(9, 5), norm_cfg=None, act_cfg=None)
    assert plain.out_channels == (5, 5)
    kinds = {type(module) for module in plain.modules()}
    assert not kinds & {nn.BatchNorm1d, nn.ReLU}
    assert build(channels=()).out_channels == (4, 6)


def test_the_last_layer_is_normalized(maps):
    default = LayerTaps.__init__.__kwdefaults__['out_norm_cfg']
    taps = build(out_norm_cfg=default, channels=[(9, 7), ()])
    # A vector that all crops share, however long, is subtracted.
    shifted = tuple(each + 100 for each in maps)
    for layer, again in zip(taps(maps), taps(shifted)):
        assert layer.mean(0).abs().max() < 1e-5
        assert torch.allclose(layer.var(0, unbiased=False),
                              torch.ones(layer.shape[1]), atol=1e-2)
        assert torch.allclose(layer, again, atol=1e-2)
    norms = [m for m in taps.modules() if isinstance(m, nn.BatchNorm1d)]
    assert [norm.affine for norm in norms] == [True, False, False]
    assert norms[1].running_mean.abs().sum() > 0


def test_vectors_are_maps_of_one_position(maps):
    vectors = (maps[0].mean((2, 3)), *maps[1:])
    taps = build()
    for a, b in zip(taps(vectors), taps(maps)):
        assert torch.equal(a, b)
    with pytest.raises(ValueError, match=r'output 1 .*\(6, 6, 8\).*featmap'):
        taps((maps[0], maps[1].flatten(2)))


def test_joined_distance_is_the_weighted_sum(embeddings, maps):
    weights = (1., .2, .5)
    taps = build(join_weights=weights)
    layers = taps(maps)
    joined = taps.join(embeddings, layers)
    assert joined.shape == (6, 8 + 7 + 7) and taps.joined_channels(8) == 22
    expected = sum(
        weight * torch.cdist(F.normalize(layer), F.normalize(layer))**2
        for weight, layer in zip(weights, (embeddings, *layers)))
    assert torch.allclose(torch.cdist(joined, joined)**2, expected, atol=1e-5)
    assert taps.are_joined and not build().are_joined


def test_a_layer_of_weight_zero_is_left_out(embeddings, maps):
    taps = build(join_weights=(0, 0, 2.))
    joined = taps.join(embeddings, taps(maps))
    assert joined.shape == (6, 7) and taps.joined_channels(8) == 7
    assert torch.allclose(joined.norm(dim=1), torch.full((6, ), 2.)**.5)


def test_joining_in_half_precision_gives_float32(embeddings, maps):
    taps = build(join_weights=(1, 1, 1))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert taps.join(embeddings, taps(maps)).dtype == torch.float32


@pytest.mark.parametrize('overrides, message', [
    (dict(indices=(0, 3)),
     r'taps\.indices has output 3 of the backbone, but it gives 3'),
    (dict(in_channels=(10, )), 'output 1 .* more stages into .*out_indices'),
    (dict(indices=(-2, ), in_channels=(10, )), 'output -2 .*out_indices'),
    (dict(join_weights=(1, 1)), 'taps.join_weights is .*write 3 numbers'),
    (dict(join_weights=(1, -1, 1)), 'numbers of 0 or more'),
    (dict(join_weights=(0, 0, 0)), 'one of them above 0'),
    (dict(join_weights=(1, float('nan'), 1)), 'numbers of 0 or more'),
    (dict(channels=[[7], [7], [7]]), 'zip'),
])
def test_bad_options(overrides, message):
    with pytest.raises(ValueError, match=message) as error:
        build(**overrides)
    assert '\n' not in str(error.value)
