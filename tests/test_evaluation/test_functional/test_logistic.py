import numpy as np
import pytest
from scipy.special import expit, log_expit

from snreid_mm.evaluation.functional.logistic import fit_logistic


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    features = np.c_[rng.normal(5, 3, 4000), rng.normal(-1, .1, 4000)]
    odds = features @ [.5, -8.] - 10
    return features, rng.random(4000) < expit(odds)


def test_it_finds_the_odds(data):
    weights, bias = fit_logistic(*data, ridge=0)
    assert weights == pytest.approx([.5, -8], rel=.15)
    assert bias == pytest.approx(-10, rel=.15)


@pytest.mark.parametrize('ridge', [0, 1., 1000.])
def test_nothing_near_is_better(data, ridge):
    features, outcomes = data
    deviation = features.std(0)

    def loss(weights, bias):
        margin = np.where(outcomes, 1, -1) * (features @ weights + bias)
        # On features of deviation 1 a weight is as many times larger.
        return -log_expit(margin).sum() + ridge / 2 * np.sum(
            (weights * deviation)**2)

    weights, bias = fit_logistic(features, outcomes, ridge)
    least = loss(weights, bias)
    for step in (-1e-2, 1e-2):
        assert least < loss(weights, bias + step)
        for i in range(2):
            moved = weights.copy()
            moved[i] += step / deviation[i]
            assert least < loss(moved, bias)


def test_what_never_varies_has_no_weight(data):
    features, outcomes = data
    weights, bias = fit_logistic(
        np.c_[features, np.full(len(features), 7.)], outcomes, 1.)
    alone = fit_logistic(features, outcomes, 1.)
    assert weights[2] == 0
    assert weights[:2] == pytest.approx(alone[0])
    assert bias == pytest.approx(alone[1])
