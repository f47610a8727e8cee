import pytest
import torch
import torch.nn.functional as F

from snreid_mm.models.part_extractors.pose_maps import (heatmaps_of,
                                                        resize_maps, stage_of)

MAPS = torch.arange(16.).view(1, 1, 4, 4)


def test_rules():
    assert resize_maps(MAPS, (2, 2), 'area').tolist() == [[[[2.5, 4.5],
                                                            [10.5, 12.5]]]]
    assert resize_maps(MAPS, (2, 2), 'max').tolist() == [[[[5., 7.],
                                                           [13., 15.]]]]
    assert resize_maps(MAPS, (1, 1), 'bilinear').item() == 7.5
    assert resize_maps(MAPS, (8, 2), 'bilinear').shape == (1, 1, 8, 2)
    assert resize_maps(MAPS, (4, 4), 'max') is MAPS
    assert resize_maps(MAPS, None, None) is MAPS


def test_heatmaps_of_a_head():
    other = torch.zeros(1, 1, 4, 4)
    one = dict(grid=(4, 4), rule='area')
    assert heatmaps_of(MAPS, **one) is MAPS
    assert heatmaps_of([other, MAPS], **one) is MAPS  # stages: the last
    assert heatmaps_of((MAPS, other), **one) is MAPS  # heatmaps and tags
    coordinates = torch.zeros(1, 1, 2)
    assert heatmaps_of((coordinates, MAPS), **one) is MAPS
    visible = torch.zeros(1, 1)
    assert heatmaps_of((MAPS, visible), **one) is MAPS
    with pytest.raises(ValueError, match=r'no heatmaps .* \(1, 1, 2\): '):
        heatmaps_of(coordinates, **one)


@pytest.mark.parametrize('rule', ['area', 'max', 'bilinear', None])
def test_heatmaps_of_two_classifications(rule):
    generator = torch.Generator().manual_seed(0)
    columns = torch.randn(2, 3, 12, generator=generator) * 2
    rows = torch.randn(2, 3, 16, generator=generator) / 8
    # The whole product first, then the grid.
    x = columns.clamp(min=0)
    x = x / x.max(dim=-1, keepdim=True).values  # their peaks exceed one
    y = rows.clamp(min=0)
    assert columns.amax(-1).min() > 1 and rows.max() < 1
    full = torch.einsum('nkh,nkw->nkhw', y, x)
    wanted = {
        'area': lambda: F.avg_pool2d(full, (2, 3)),
        'max': lambda: F.max_pool2d(full, (2, 3)),
        'bilinear': lambda: F.interpolate(full, (8, 4), mode='bilinear'),
        None: lambda: full
    }[rule]()
    found = heatmaps_of((columns, rows), (8, 4), rule)
    torch.testing.assert_close(found, wanted)
    # With the classification of visibility that MMPose can add.
    visible = torch.zeros(2, 3)
    assert torch.equal(
        heatmaps_of(((columns, rows), visible), (8, 4), rule), found)


def test_a_head_that_sees_nothing():
    nothing = heatmaps_of((-torch.ones(1, 1, 4), -torch.ones(1, 1, 4)), (2, 2),
                          'area')
    assert not nothing.any()


def test_stages():
    a, b, c = (torch.zeros(1, i, 2, 2) for i in (1, 2, 3))
    assert stage_of((a, b, c), -1, 'Net') is c
    assert stage_of([a, b, c], 0, 'Net') is a
    assert stage_of(a, 0, 'Net') is a
    assert stage_of([[a, b], [c]], 1, 'Net') is b  # stages of units
    with pytest.raises(
            ValueError, match='stage is 3, but the backbone Net.* 3 maps'):
        stage_of((a, b, c), 3, 'Net')
    with pytest.raises(ValueError, match='stage is -2.* 1 map, .*to 0'):
        stage_of(a, -2, 'Net')
    with pytest.raises(ValueError, match=r"shape \(1, 5\).*'featmap'"):
        stage_of((torch.zeros(1, 5), ), 0, 'Net')
