import numpy as np
import pytest

from snreid_mm.evaluation.functional import (QueryScores, breakdown,
                                             height_bin_names, height_bins)


def test_heights_fall_into_their_bins():
    assert height_bin_names() == [
        'under_64px', '64_to_127px', '128_to_255px', 'from_256px'
    ]
    assert height_bins([20, 63, 64, 127, 128, 255, 256, 800]) == [
        name for name in height_bin_names() for _ in range(2)
    ]
    assert height_bins([9, 10, 11], edges=[10]) == [
        'under_10px', 'from_10px', 'from_10px'
    ]


def _scores():
    return QueryScores(
        np.array([1, .5, .25]), np.array([1, 2, 4]), np.array([1, 1, 1]),
        np.array([5, 5, 5]))


def test_each_group_is_scored_by_itself():
    parts = breakdown(_scores(), ['b', 'a', 'b'], topk=(1, ))
    assert list(parts) == ['a', 'b']
    assert parts['a'] == {'mAP': 50, 'rank-1': 0, 'queries': 1}
    assert parts['b'] == {'mAP': 62.5, 'rank-1': 50, 'queries': 2}
    # The parts add up to the whole.
    assert sum(p['mAP'] * p['queries'] for p in parts.values()) / 3 == (
        pytest.approx(_scores().summary()['mAP']))


def test_the_order_can_be_given_and_empty_groups_are_left_out():
    parts = breakdown(
        _scores(), ['b', 'a', 'b'], order=['none', 'b', 'a'])
    assert list(parts) == ['b', 'a']
