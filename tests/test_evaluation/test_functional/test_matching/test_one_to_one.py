from itertools import permutations

import numpy as np
import pytest

from snreid_mm.evaluation.functional.matching import one_to_one


def candidates(scores):
    """All ways to pair, as partners."""
    q, g = scores.shape
    for chosen in set(permutations([*range(g), *[-1] * q], q)):
        if all(j < 0 or np.isfinite(scores[i, j])
               for i, j in enumerate(chosen)):
            yield chosen


def total(scores, chosen, alone):
    return sum(scores[i, j] if j >= 0 else alone[i]
               for i, j in enumerate(chosen))


@pytest.mark.parametrize('shape', [(3, 3), (2, 4), (4, 2), (1, 1)])
def test_it_is_the_best_of_all_ways(shape):
    rng = np.random.default_rng(sum(shape))
    for _ in range(20):
        scores = rng.normal(size=shape) * 100
        scores[rng.random(shape) < .4] = -np.inf
        alone = rng.normal(size=shape[0]) * 100
        found = one_to_one(scores, alone)
        assert total(scores, found, alone) == pytest.approx(
            max(total(scores, each, alone) for each in candidates(scores)))
        # Without a score of being alone: as many pairs as may be.
        found = one_to_one(scores)
        zeros = np.zeros(shape[0])
        count, best = max((sum(j >= 0 for j in each),
                           total(scores, each, zeros))
                          for each in candidates(scores))
        assert (found >= 0).sum() == count
        assert total(scores, found, zeros) == pytest.approx(best)
        partners = found[found >= 0]
        assert len(set(partners)) == len(partners)


def test_shapes_without_pairs():
    scores = np.array([[1., 2.], [5., 7.], [0., 0.]])
    assert one_to_one(scores).tolist() == [0, 1, -1]
    assert one_to_one(np.zeros((2, 0))).tolist() == [-1, -1]
    assert one_to_one(np.zeros((0, 2))).tolist() == []
    assert one_to_one(np.full((2, 2), -np.inf)).tolist() == [-1, -1]
