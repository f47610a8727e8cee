from itertools import permutations

import numpy as np
import pytest

from snreid_mm.evaluation.functional.matching import one_to_one


def best(scores, allowed):
    """Number and total score of the best pairs, by trying all."""
    q, g = scores.shape
    found = (0, 0.)
    for chosen in permutations([*range(g), *[-1] * q], q):
        pairs = [(i, j) for i, j in enumerate(chosen) if j >= 0]
        if all(allowed[pair] for pair in pairs):
            total = sum(scores[pair] for pair in pairs)
            found = max(found, (len(pairs), total))
    return found


@pytest.mark.parametrize('shape', [(3, 3), (2, 4), (4, 2), (1, 1)])
def test_as_many_pairs_as_may_be_then_the_best(shape):
    rng = np.random.default_rng(sum(shape))
    for _ in range(20):
        scores = rng.normal(size=shape) * 100
        allowed = rng.random(shape) < .5
        partners = one_to_one(scores, allowed)
        rows = np.flatnonzero(partners >= 0)
        pairs = rows, partners[rows]
        assert allowed[pairs].all()
        assert len(set(partners[rows])) == len(rows)
        count, total = best(scores, allowed)
        assert len(rows) == count
        assert scores[pairs].sum() == pytest.approx(total)


def test_all_may_be_made_by_default():
    scores = np.array([[1., 2.], [5., 7.], [0., 0.]])
    assert one_to_one(scores).tolist() == [0, 1, -1]
    assert one_to_one(np.zeros((2, 0))).tolist() == [-1, -1]
