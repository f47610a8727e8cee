from itertools import permutations

import numpy as np
import pytest

from snreid_mm.evaluation.functional.matching import assignment, sinkhorn


@pytest.fixture
def squared():
    return np.random.default_rng(0).uniform(0, 4, (3, 5))


def test_sinkhorn_is_the_scaling_of_rows_and_columns(squared):
    q, g = squared.shape
    plan = np.exp(-np.pad(squared, (0, 1), constant_values=1.5**2) / 2 / .3)
    rows, columns = np.ones(q + 1), np.ones(g + 1)
    rows[-1], columns[-1] = g, q
    for _ in range(7):
        for i in range(q + 1):
            plan[i] *= rows[i] / plan[i].sum()
        for j in range(g + 1):
            plan[:, j] *= columns[j] / plan[:, j].sum()
    np.testing.assert_allclose(
        sinkhorn(squared, .3, 1.5, 7), np.log(plan[:-1, :-1]))


def test_sinkhorn_ends_with_what_each_may_send(squared):
    plan = np.exp(sinkhorn(squared, .5, 1., 300))
    assert (plan.sum(0) <= 1).all() and (plan.sum(1) <= 1 + 1e-9).all()
    # A bin that is nearer than any partner takes all.
    assert np.exp(sinkhorn(squared + 4, .05, .1)).sum() < 1e-6
    assert np.isfinite(sinkhorn(squared, 1e-6)).all()


@pytest.mark.parametrize('shape', [(3, 5), (5, 3), (1, 1)])
def test_the_assignment_is_the_best_of_all(shape):
    squared = np.random.default_rng(0).uniform(0, 4, shape)
    before = squared.copy()
    few, many = sorted(shape)
    wide = squared if shape[0] == few else squared.T
    best = min(
        permutations(range(many), few),
        key=lambda order: wide[range(few), order].sum())
    assigned = np.zeros(wide.shape, bool)
    assigned[range(few), best] = True
    assigned = assigned if shape[0] == few else assigned.T
    np.testing.assert_allclose(
        assignment(squared, .5, 7.), -squared + 7 * assigned)
    np.testing.assert_array_equal(squared, before)
