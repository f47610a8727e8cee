import numpy as np
import pytest

from snreid_mm.evaluation.functional.matching import (FRAME_CUES,
                                                      OwnFrameClassifier,
                                                      fit_own_frame,
                                                      training_groups)
from snreid_mm.structures import Crops


def _groups(rng, actions=30):
    """Actions whose frames differ in two cues."""
    groups = []
    for _ in range(actions):
        own = rng.random(12) < .4
        cues = rng.standard_normal((17, len(FRAME_CUES)))
        shift = 5 * rng.standard_normal(2)
        cues[:5, :2] += shift
        cues[5:][own, :2] += shift
        groups.append((cues[:5], cues[5:], own))
    return groups


def test_it_finds_the_own_frame_of_unseen_actions():
    rng = np.random.default_rng(0)
    classifier = fit_own_frame(_groups(rng))
    right = [
        (classifier.log_odds(query, gallery) > 0) == own
        for query, gallery, own in _groups(rng)
    ]
    assert np.mean(np.concatenate(right)) > .85


def test_it_is_fitted_to_the_minimum():
    groups = _groups(np.random.default_rng(0))
    classifier = fit_own_frame(groups)
    label = np.concatenate([own for *_, own in groups])
    odds = np.concatenate(
        [classifier.log_odds(query, gallery) for query, gallery, _ in groups])
    # The bias has no decay: there the probabilities add up to the labels.
    assert (1 / (1 + np.exp(-odds))).sum() == pytest.approx(
        label.sum(), rel=1e-3)


def test_a_crop_is_held_against_its_own_action():
    classifier = fit_own_frame(_groups(np.random.default_rng(0)))
    query = Crops(np.arange(3), np.array([4, 2, 4]))
    gallery = Crops(np.arange(5), np.array([2, 4, 7, 2, 4]))
    cues = np.random.default_rng(1).standard_normal((8, len(FRAME_CUES)))
    found = classifier.log_elsewhere(cues[:3], cues[3:], query, gallery)
    for action in (2, 4):
        odds = classifier.log_odds(cues[:3][query.action_idx == action],
                                   cues[3:][gallery.action_idx == action])
        np.testing.assert_allclose(found[gallery.action_idx == action],
                                   np.log(1 / (1 + np.exp(odds))))
    assert found[2] == 0


def test_training_crops_become_queries_and_gallery():
    action = np.array([3, 3, 3, 3, 9, 3, 9])
    frame = np.array([5, 4, 4, 6, 1, 4, 2])
    person = np.array([10, 10, 11, 12, 20, 12, 21])
    (query, gallery, own), = training_groups(action, frame, person)
    assert query.tolist() == [1, 5]
    assert dict(zip(gallery.tolist(), own.tolist())) == {
        0: False,
        2: True,
        3: False
    }


def test_one_kind_alone_is_refused():
    cues = np.zeros((2, len(FRAME_CUES)))
    for groups in ([], [(cues, cues, np.array([True, True]))]):
        with pytest.raises(ValueError, match='have only one kind'):
            fit_own_frame(groups)


@pytest.mark.parametrize('change', [
    dict(scale=[1.]),
    dict(scale=np.zeros(len(FRAME_CUES))),
    dict(weights=np.full(5 * len(FRAME_CUES), np.nan)),
    dict(bias=np.nan),
])
def test_a_broken_classifier_is_refused(change):
    good = dict(
        scale=np.ones(len(FRAME_CUES)),
        weights=np.ones(5 * len(FRAME_CUES)),
        bias=0.)
    OwnFrameClassifier(**good)
    with pytest.raises(ValueError, match='fit it again with'):
        OwnFrameClassifier(**{**good, **change})
