import numpy as np
import pytest

from snreid_mm.evaluation.functional import reliability


def test_bins_by_hand():
    found = reliability(
        np.array([0, .1, .9, 1, .6]), np.array([0, 1, 1, 1, 0], bool), bins=2)
    assert found.count.tolist() == [2, 3]
    assert found.probability == pytest.approx([.05, 2.5 / 3])
    assert found.share == pytest.approx([.5, 2 / 3])
    assert found.expected_error == pytest.approx((.9 + .5) / 5)


def test_empty_bins_are_left_out():
    found = reliability(np.array([.5, .5]), np.array([1, 0], bool))
    assert found.count.tolist() == [2] and found.expected_error == 0


def test_honest_probabilities_have_no_error():
    rng = np.random.default_rng(0)
    probabilities = rng.random(100_000)
    outcomes = rng.random(100_000) < probabilities
    assert reliability(probabilities, outcomes).expected_error < .01
    assert reliability(probabilities**2, outcomes).expected_error > .1


@pytest.mark.parametrize('values', [[], [.5, 1.1], [np.nan], [-.1]])
def test_what_is_no_probability_is_refused(values):
    with pytest.raises(ValueError, match='probability'):
        reliability(np.array(values), np.zeros(len(values), bool))
