import numpy as np
import pytest

from snreid_mm.evaluation.functional import (equal_error_rate, error_rates,
                                             risk_coverage,
                                             threshold_for_false_accepts)

SCORES = np.array([.9, .8, .7, .6, .5, .4, .3, .2])
TRUE = np.array([1, 1, 0, 1, 0, 0, 1, 0], bool)


@pytest.mark.parametrize('rate, threshold, errors', [
    (0, .7, (0, .5)),
    (.24, .7, (0, .5)),
    (.25, .5, (.25, .25)),
    (.99, .2, (.75, 0)),
])
def test_a_threshold_keeps_to_its_rate(rate, threshold, errors):
    found = threshold_for_false_accepts(SCORES, TRUE, rate)
    assert found == threshold
    assert error_rates(SCORES, TRUE, found) == errors


def test_equal_scores_are_accepted_together():
    scores = np.array([1., 1, 1, 0])
    true = np.array([1, 0, 0, 0], bool)
    threshold = threshold_for_false_accepts(scores, true, .5)
    assert error_rates(scores, true, threshold) == (0, 1)


@pytest.mark.parametrize('scores, expected', [
    (SCORES, .25),
    (TRUE.astype(float), 0),
    (-TRUE.astype(float), 1),
    (np.zeros(8), .5),
])
def test_equal_error_rate(scores, expected):
    assert equal_error_rate(scores, TRUE) == pytest.approx(expected)


def test_it_depends_on_the_order_alone():
    rng = np.random.default_rng(0)
    true = rng.random(5000) < .1
    scores = rng.normal(size=5000) + true
    rate = equal_error_rate(scores, true)
    # Two normal distributions whose means are one deviation apart.
    assert rate == pytest.approx(.3085, abs=.05)
    assert equal_error_rate(np.exp(scores), true) == pytest.approx(rate)


def test_risk_and_coverage_by_hand():
    coverage, risk = risk_coverage(
        np.array([.1, .9, .5, .5]), np.array([0, 1, 0, 1], bool))
    assert coverage.tolist() == [.25, .75, 1]
    assert risk == pytest.approx([0, 1 / 3, .5])
    with pytest.raises(ValueError, match='no answer'):
        risk_coverage(np.zeros(0), np.zeros(0, bool))


@pytest.mark.parametrize('rate', [-.1, 1, float('nan')])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(ValueError, match='from 0 to below 1, but is'):
        threshold_for_false_accepts(SCORES, TRUE, rate)


@pytest.mark.parametrize('true', [np.zeros(8, bool), np.ones(8, bool)])
def test_one_kind_of_outcome_is_refused(true):
    for function in (equal_error_rate,
                     lambda *args: error_rates(*args, .5),
                     lambda *args: threshold_for_false_accepts(*args, .1)):
        with pytest.raises(ValueError, match='true and false ones'):
            function(SCORES, true)
