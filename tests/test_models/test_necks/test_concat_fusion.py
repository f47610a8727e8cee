import pytest
import torch
import torch.nn.functional as F

from snreid_mm.models import ConcatFusion


def test_vectors(maps):
    means = torch.cat([x.mean((2, 3)) for x in maps], 1)
    neck = ConcatFusion((24, 5), normalize=False)
    assert neck.out_channels == 29
    assert torch.allclose(neck(maps)[-1], means, atol=1e-6)

    neck = ConcatFusion((24, 5), 10, normalize=False)
    expected = F.linear(means, neck.fc.weight, neck.fc.bias)
    assert torch.allclose(neck(maps)[-1], expected, atol=1e-6)


def test_maps(maps):
    neck = ConcatFusion((24, 5), 10, join='maps', normalize=False).eval()
    neck.mix[1].running_mean.normal_()
    both = F.conv2d(torch.cat(maps, 1), neck.mix[0].weight)
    expected = F.relu(neck.mix[1](both)).mean((2, 3))
    assert torch.allclose(neck(maps)[-1], expected, atol=1e-6)


def test_only_joined_maps_tell_what_is_seen_where(maps):
    # The parts' map turned round: the same means, at other positions.
    appearance, parts = maps
    moved = appearance, parts.flip(2)
    vectors = ConcatFusion((24, 5))
    assert torch.allclose(vectors(maps)[-1], vectors(moved)[-1], atol=1e-6)
    joined = ConcatFusion((24, 5), 10, join='maps').eval()
    assert (joined(maps)[-1] - joined(moved)[-1]).abs().max() > 1e-2


def test_another_norm_layer(maps):
    neck = ConcatFusion((24, 5),
                        10,
                        join='maps',
                        norm_cfg=dict(type='GN', num_groups=2))
    assert isinstance(neck.mix[1], torch.nn.GroupNorm)
    assert neck(maps)[-1].shape == (4, 10)


def test_bad_join():
    with pytest.raises(ValueError, match="join of ConcatFusion is 'sum'"):
        ConcatFusion((24, 5), join='sum')


def test_maps_without_out_channels_keep_their_number(maps):
    neck = ConcatFusion((24, 5), join='maps')
    assert neck.out_channels == neck(maps)[-1].shape[1] == 29
