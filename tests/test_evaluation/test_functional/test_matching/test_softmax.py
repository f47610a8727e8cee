import numpy as np
import pytest

from snreid_mm.evaluation.functional.matching import (distance, dual_softmax,
                                                      query_softmax)


@pytest.fixture
def squared():
    return np.random.default_rng(0).uniform(0, 4, (3, 5))


def _softmax(squared, temperature, along_queries):
    q, g = squared.shape
    result = np.empty((q, g))
    for i in range(q):
        for j in range(g):
            others = squared[:, j] if along_queries else squared[i]
            result[i, j] = np.exp(-squared[i, j] / 2 / temperature) / sum(
                np.exp(-other / 2 / temperature) for other in others)
    return result


@pytest.mark.parametrize('temperature', [.05, .7])
def test_they_are_softmaxes(squared, temperature):
    down = _softmax(squared, temperature, True)
    across = _softmax(squared, temperature, False)
    for method, expected in ((distance, across), (query_softmax, down),
                             (dual_softmax, down * across)):
        np.testing.assert_allclose(
            method(squared, temperature), np.log(expected))


def test_a_small_temperature_does_not_underflow(squared):
    for method in (distance, query_softmax, dual_softmax):
        assert np.isfinite(method(squared, 1e-6)).all()


def test_plain_distances_keep_their_order(squared):
    np.testing.assert_array_equal(
        distance(squared).argsort(1), (-squared).argsort(1))
