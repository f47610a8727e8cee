import numpy as np
import pytest

from snreid_mm.evaluation.functional import (chance_scores,
                                             rank_within_actions,
                                             score_rankings)
from snreid_mm.evaluation.functional.matching import (METHODS, Matching,
                                                      dual_softmax,
                                                      method_parameters)
from snreid_mm.structures import Crops, Rankings

ALL = [Matching(method, {}) for method in METHODS]
ALL += [Matching(method, {}, .7) for method in METHODS]


@pytest.fixture
def split(make_split):
    rng = np.random.default_rng(0)
    query, gallery = make_split(rng, actions=15)
    embeddings = tuple(
        rng.standard_normal((len(crops), 4)).astype(np.float32)
        for crops in (query, gallery))
    return query, gallery, embeddings, np.log(rng.random(len(gallery)))


def _rank(matching, query, gallery, embeddings, log_elsewhere):
    query, gallery = query.without_labels(), gallery.without_labels()
    plain = rank_within_actions(*embeddings, query, gallery)
    return matching.rank(plain, query, gallery, embeddings, log_elsewhere)


def _named(rankings, query, gallery):
    return rankings.to_dict(query, gallery)


@pytest.mark.parametrize('own_frame', [0., .7])
def test_each_action_is_matched_by_itself(split, own_frame):
    query, gallery, embeddings, log_elsewhere = split
    matching = Matching('dual_softmax', dict(temperature=.4), own_frame)
    ranked = _rank(matching, *split)
    for action in np.unique(query.action_idx):
        rows = np.flatnonzero(query.action_idx == action)
        columns = np.flatnonzero(gallery.action_idx == action)
        squared = ((embeddings[0][rows, None].astype(float) -
                    embeddings[1][columns])**2).sum(-1)
        scores = dual_softmax(squared, .4) + own_frame * log_elsewhere[columns]
        for row, score in zip(rows, scores):
            np.testing.assert_array_equal(ranked[row],
                                          columns[(-score).argsort()])


@pytest.mark.parametrize('matching', ALL, ids=lambda matching: matching.name)
def test_the_order_of_the_input_changes_nothing(split, matching):
    query, gallery, embeddings, log_elsewhere = split
    # Few directions: ties everywhere.
    for length in (embeddings, tuple(np.sign(e[:, :2]) for e in embeddings)):
        expected = _named(
            _rank(matching, query, gallery, length, log_elsewhere), query,
            gallery)
        rng = np.random.default_rng(1)
        moves = [rng.permutation(len(crops)) for crops in (query, gallery)]
        moved = [
            Crops(crops.bbox_idx[move], crops.action_idx[move])
            for crops, move in zip((query, gallery), moves)
        ]
        again = _rank(matching, *moved,
                      tuple(e[move] for e, move in zip(length, moves)),
                      log_elsewhere[moves[1]])
        assert _named(again, *moved) == expected


@pytest.mark.parametrize('method', METHODS)
def test_a_constant_embedding_scores_chance(make_split, method):
    query, gallery = make_split(np.random.default_rng(0), actions=500)
    embeddings = tuple(np.ones((len(c), 2)) for c in (query, gallery))
    scores = score_rankings(
        _rank(Matching(method, {}), query, gallery, embeddings, None), query,
        gallery)
    chance = chance_scores(scores.gallery_sizes, scores.n_matches, (1, ))
    assert scores.summary((1, )) == pytest.approx(chance, abs=3)


def test_a_plain_distance_changes_no_ranking(split):
    query, gallery, embeddings, _ = split
    plain = rank_within_actions(*embeddings, query, gallery)
    ranked = _rank(Matching('distance', {}), *split)
    np.testing.assert_array_equal(ranked.gallery, plain.gallery)
    np.testing.assert_array_equal(ranked.offsets, plain.offsets)


def test_what_cannot_match_goes_last(split):
    query, gallery, embeddings, _ = split
    impossible = np.arange(len(gallery)) % 2 == 0
    for method in METHODS:
        ranked = _rank(Matching(method, {}, 1.), query, gallery, embeddings,
                       np.where(impossible, -1e9, 0))
        for i in range(len(query)):
            assert (np.diff(impossible[ranked[i]].astype(int)) >= 0).all()


def test_settings_go_back_and_forth():
    for settings in (dict(type='sinkhorn', iterations=5, temperature=1),
                     dict(type='distance', own_frame=.5)):
        assert Matching.from_dict(settings).to_dict() == settings
    assert Matching.from_dict(settings).name == 'distance_own_frame'
    assert method_parameters('dual_softmax') == dict(temperature=.1)


@pytest.mark.parametrize('settings, message', [
    ('dual_softmax', 'must be a dict with a type'),
    (dict(temperature=1.), 'must be a dict with a type'),
    (dict(type='softmax'), "'softmax': choose one of distance, "),
    (dict(type='distance', k1=3), "no parameter 'k1': it takes temperature"),
    (dict(type='k_reciprocal', queries=3), "no parameter 'queries'"),
    (dict(type='distance', temperature=0), 'positive number, but is 0'),
    (dict(type='distance', temperature='1'), "positive number, but is '1'"),
    (dict(type='distance', temperature=np.inf), 'positive number'),
    (dict(type='k_reciprocal', k1=2.), 'k1 .* positive integer, but is 2.0'),
    (dict(type='sinkhorn', iterations=True), 'positive integer'),
    (dict(type='distance', own_frame=-1), 'at least 0, but is -1'),
])
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Matching.from_dict(settings)


def test_what_is_missing_is_named(split):
    query, gallery, embeddings, _ = split
    plain = rank_within_actions(*embeddings, query, gallery)
    bare = Rankings(plain.offsets, plain.gallery)
    huge = Rankings(plain.offsets, plain.gallery, plain.distances * np.inf)
    for matching, rankings, message in (
        (Matching('k_reciprocal', {}), plain, 'needs the embeddings'),
        (Matching('distance', {}), bare, 'needs rankings with distances'),
        (Matching('distance', {}), huge, 'distance is infinite'),
        (Matching('distance', {}, 1.), plain, 'needs an own-frame classifier'),
    ):
        with pytest.raises(ValueError, match=message):
            matching.rank(rankings, query, gallery)
