import numpy as np
import pytest

from snreid_mm.evaluation.functional import (QueryScores, breakdown,
                                             group_by_bin, group_by_height,
                                             group_by_name)


def test_heights_fall_into_their_bins():
    groups = group_by_height([20, 63, 64, 127, 128, 255, 256, 800])
    assert list(groups) == [
        'under_64px', '64_to_127px', '128_to_255px', 'from_256px'
    ]
    for i, mask in enumerate(groups.values()):
        assert np.flatnonzero(mask).tolist() == [2 * i, 2 * i + 1]


def test_only_bins_that_have_a_query():
    assert {k: m.tolist() for k, m in group_by_bin([9, 10, 11], [10]).items()
            } == {'under_10': [True, False, False],
                  'from_10': [False, True, True]}
    assert list(group_by_bin([15, 40], (10, 20, 40))) == [
        '10_to_19', 'from_40'
    ]


def _scores():
    return QueryScores(
        np.array([1, .5, .25]), np.array([1, 2, 4]), np.array([1, 1, 1]),
        np.array([5, 5, 5]))


def test_each_group_is_scored_by_itself():
    parts = breakdown(_scores(), group_by_name(['b', 'a', 'b']), topk=(1, ))
    assert list(parts) == ['a', 'b']
    assert parts['a'] == {'mAP': 50, 'rank-1': 0, 'queries': 1}
    assert parts['b'] == {'mAP': 62.5, 'rank-1': 50, 'queries': 2}
    # The parts add up to the whole.
    assert sum(p['mAP'] * p['queries'] for p in parts.values()) / 3 == (
        pytest.approx(_scores().summary()['mAP']))
