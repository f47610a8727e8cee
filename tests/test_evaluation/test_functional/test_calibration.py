from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from snreid_mm.evaluation.functional import (Calibration, error_rates,
                                             find_matches, fit_calibration,
                                             rank_within_actions, reliability,
                                             remove_matches)
from snreid_mm.evaluation.functional.calibration import _fit, ranking_features
from snreid_mm.structures import Crops, Rankings

FIT = dict(
    in_ranking=(-1., 2., 0., 1.), alone=(-2., 1.), no_match=(1., -1., 0., 0.),
    threshold=.5, false_accept_rate=.01)


def make_split(seed, actions=120, noise=.5):
    """Rankings of eight people an action, in ten gallery crops, and the
    pairs that are one person. Some crops are worse than others."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(actions, 8, 8))

    def crops(people):
        blur = noise * np.exp(.5 * rng.normal(size=(*people.shape, 1)))
        action = np.repeat(np.arange(actions), people.shape[1])
        vectors = np.take_along_axis(centres, people[..., None], 1)
        vectors = vectors + blur * rng.normal(size=vectors.shape)
        labels = people + 8 * np.arange(actions)[:, None]
        return vectors.reshape(len(action), -1), Crops(
            np.arange(len(action)), action, labels.ravel())

    query_vectors, query = crops(np.tile(np.arange(8), (actions, 1)))
    gallery_vectors, gallery = crops(
        np.c_[np.tile(np.arange(8), (actions, 1)),
              rng.integers(0, 8, (actions, 2))])
    rankings = rank_within_actions(query_vectors, gallery_vectors, query,
                                   gallery)
    return rankings, find_matches(rankings, query, gallery)


@pytest.fixture(scope='module')
def fitted():
    return fit_calibration(*make_split(0), false_accept_rate=.02)


def test_features_by_hand():
    rankings = Rankings(
        np.array([0, 3, 4, 6]), np.arange(6),
        np.array([1, 2, 6, 5, 0, 0], np.float32))
    assert ranking_features(rankings) == pytest.approx(
        np.array([[1 / 3, 1 / 3, np.log(3)], [2 / 3, -1 / 3, np.log(3)],
                  [2, -5 / 3, np.log(3)], [1, 0, 0], [1, 0, np.log(2)],
                  [1, 0, np.log(2)]]))
    assert ranking_features(
        Rankings(np.zeros(1, int), np.zeros(0, int), np.zeros(0))).shape == (
            0, 3)


def test_matches_are_taken_out():
    rankings = Rankings(
        np.array([0, 3, 4, 6]), np.arange(6), np.arange(6, dtype=np.float32))
    rest = remove_matches(rankings, np.array([0, 1, 0, 1, 1, 0], bool))
    assert rest.offsets.tolist() == [0, 2, 3]
    assert rest.gallery.tolist() == rest.distances.tolist() == [0, 2, 5]


def test_a_logistic_regression_finds_its_weights():
    rng = np.random.default_rng(0)
    features = np.c_[rng.normal(5, 3, (50_000, 2)), np.ones(50_000)]
    outcomes = rng.random(50_000) < expit(features @ [1, -.5, 0] - 2)
    assert _fit(features, outcomes) == pytest.approx((1, -.5, 0, -2), abs=.1)
    # What is told apart without an error has finite weights too.
    assert np.isfinite(_fit(features, features[:, 0] > 5)).all()


def test_probabilities_of_other_people_are_honest(fitted):
    rankings, is_match = make_split(1)
    pairs = fitted.same_person(rankings)
    first = rankings.offsets[:-1]
    assert reliability(pairs, is_match).expected_error < .02
    assert reliability(pairs[first], is_match[first]).expected_error < .06
    alone = fitted.same_person_alone(rankings.distances)
    assert reliability(alone, is_match).expected_error < .03
    # They say something: more than one certain yes and no.
    assert pairs[is_match].mean() > .6 and pairs[~is_match].mean() < .08
    accepted, missed = error_rates(pairs, is_match, fitted.threshold)
    assert accepted == pytest.approx(.02, abs=.01) and missed < .4


def test_a_removed_match_is_noticed(fitted):
    rankings, is_match = make_split(1)
    without = remove_matches(rankings, is_match)
    there, gone = (fitted.no_match_of(each) for each in (rankings, without))
    assert there.mean() < .4 < .6 < gone.mean()
    assert reliability(
        np.r_[there, gone],
        np.r_[np.zeros(len(there), bool), np.ones(len(gone), bool)]
    ).expected_error < .06


def test_the_expected_share_moves_every_answer(fitted):
    rankings, _ = make_split(1)
    half, rare = (fitted.no_match_of(rankings, share) for share in (.5, .1))
    assert (rare / (1 - rare)) == pytest.approx(half / (1 - half) / 9)
    for share in (0, 1, float('nan')):
        with pytest.raises(ValueError, match='between 0 and 1, but is'):
            fitted.no_match_of(rankings, share)


def test_the_length_of_embeddings_is_of_no_weight(fitted):
    rankings, _ = make_split(1, actions=3)
    doubled = replace(rankings, distances=2 * rankings.distances)
    assert fitted.same_person(doubled) == pytest.approx(
        fitted.same_person(rankings))


@pytest.mark.parametrize('value', [True, False])
def test_one_kind_of_pairs_is_refused(value):
    rankings, is_match = make_split(0, actions=2)
    with pytest.raises(ValueError, match='one person and of two'):
        fit_calibration(rankings, np.full(len(is_match), value))


def test_rankings_without_distances_or_crops_are_refused():
    for offsets, distances in (([0, 1], None), ([0, 0, 1], np.ones(1))):
        with pytest.raises(ValueError, match='needs the distances'):
            ranking_features(
                Rankings(np.array(offsets), np.zeros(1, int), distances))


@pytest.mark.parametrize('field, value, text', [
    ('in_ranking', (1., 2.), '4 finite numbers'),
    ('alone', (1., np.nan), '2 finite numbers'),
    ('no_match', None, '4 finite numbers'),
    ('threshold', [1.], '1 finite number,'),
    ('threshold', 'high', '1 finite number,'),
])
def test_wrong_fields_are_refused(field, value, text):
    Calibration(**FIT)
    with pytest.raises(ValueError, match=f'{field} of a calibration.*{text}'):
        Calibration(**{**FIT, field: value})
