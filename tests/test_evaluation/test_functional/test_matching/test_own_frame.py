import numpy as np
import pytest
from random_classifier import random_classifier

from snreid_mm.evaluation.functional.matching import FRAME_CUES
from snreid_mm.structures import Crops

CUES = len(FRAME_CUES)


def test_log_odds_are_those_of_its_formula():
    classifier = random_classifier()
    rng = np.random.default_rng(1)
    query, gallery = rng.random((3, CUES)), rng.random((5, CUES))
    mean = np.concatenate([query, gallery]).mean(0)

    def look(cues):
        x = (cues - mean) / classifier.scale
        hidden = classifier.hidden @ x + classifier.hidden_bias
        return classifier.linear @ x + classifier.output @ np.where(
            hidden > 0, hidden, 0)

    expected = [
        np.mean([
            classifier.bias - classifier.slope * np.sqrt(
                ((look(crop) - look(other))**2).sum()) for other in query
        ]) for crop in gallery
    ]
    np.testing.assert_allclose(
        classifier.log_odds(query, gallery), expected, rtol=1e-10)


def test_what_all_crops_of_an_action_share_says_nothing():
    classifier = random_classifier()
    rng = np.random.default_rng(1)
    query, gallery = rng.random((3, CUES)), rng.random((5, CUES))
    stadium = 100 * rng.random(CUES)
    np.testing.assert_allclose(
        classifier.log_odds(query + stadium, gallery + stadium),
        classifier.log_odds(query, gallery))


def test_a_crop_is_held_against_its_own_action():
    classifier = random_classifier()
    query = Crops(np.arange(3), np.array([4, 2, 4]))
    gallery = Crops(np.arange(5), np.array([2, 4, 7, 2, 4]))
    cues = np.random.default_rng(1).standard_normal((8, CUES))
    found = classifier.log_elsewhere(cues[:3], cues[3:], query, gallery)
    for action in (2, 4):
        odds = classifier.log_odds(cues[:3][query.action_idx == action],
                                   cues[3:][gallery.action_idx == action])
        np.testing.assert_allclose(found[gallery.action_idx == action],
                                   np.log(1 / (1 + np.exp(odds))))
    assert found[2] == 0


@pytest.mark.parametrize('change', [
    dict(scale=[1.]),
    dict(scale=np.zeros(CUES)),
    dict(linear=np.zeros((3, CUES))),
    dict(linear=1.),
    dict(hidden=np.zeros((3, CUES - 1))),
    dict(hidden_bias=np.full(3, np.nan)),
    dict(output=np.zeros((2, 4))),
    dict(slope=[1., 2.]),
    dict(bias=np.nan),
])
def test_a_broken_classifier_is_refused(change):
    with pytest.raises(ValueError, match='fit it again with'):
        random_classifier(**change)
