from itertools import permutations

import numpy as np
import pytest

from snreid_mm.evaluation.functional import rank_within_actions
from snreid_mm.evaluation.functional.matching import actions_one_to_one
from snreid_mm.structures import Crops, Rankings


@pytest.fixture
def split(make_split):
    rng = np.random.default_rng(0)
    query, gallery = make_split(rng, actions=6)
    embeddings = tuple(
        rng.standard_normal((len(crops), 3)) for crops in (query, gallery))
    return rank_within_actions(*embeddings, query, gallery), query, gallery


def _partners(rankings, query, gallery):
    """The bbox_idx of each query's partner."""
    pairs = actions_one_to_one(rankings, query, gallery)
    return dict(
        zip(query.bbox_idx.tolist(),
            gallery.bbox_idx[rankings.gallery[pairs]].tolist()))


def test_the_total_is_the_least_of_all_assignments():
    query = Crops(np.arange(3), np.zeros(3, int))
    gallery = Crops(np.arange(4), np.zeros(4, int))
    rng = np.random.default_rng(1)
    for _ in range(10):
        points = rng.random((3, 2)), rng.random((4, 2))
        rankings = rank_within_actions(*points, query, gallery)
        squared = ((points[0][:, None] - points[1])**2).sum(-1)
        best = min(
            permutations(range(4), 3),
            key=lambda crops: squared[range(3), crops].sum())
        assert _partners(rankings, query, gallery) == dict(enumerate(best))


def test_a_pair_is_of_its_query_and_no_crop_is_two_of_them(split):
    rankings, query, gallery = split
    for given in (rankings, Rankings(rankings.offsets, rankings.gallery)):
        pairs = actions_one_to_one(given, query, gallery)
        assert (pairs >= given.offsets[:-1]).all()
        assert (pairs < given.offsets[1:]).all()
        crops = given.gallery[pairs]
        assert len(set(crops.tolist())) == len(query)
        np.testing.assert_array_equal(gallery.action_idx[crops],
                                      query.action_idx)


def test_without_distances_the_ranks_are_summed():
    query = Crops(np.arange(2), np.zeros(2, int))
    gallery = Crops(np.arange(3), np.zeros(3, int))
    # Both like crop 0 best; the second has the better second choice.
    rankings = Rankings(
        np.array([0, 3, 6]), np.array([0, 1, 2, 0, 2, 1]))
    assert sorted(_partners(rankings, query, gallery).values()) in ([0, 1],
                                                                    [0, 2])
    rankings = Rankings(
        np.array([0, 3, 6]), np.array([0, 1, 2, 1, 0, 2]))
    assert _partners(rankings, query, gallery) == {0: 0, 1: 1}


def test_the_order_of_the_input_changes_nothing(make_split):
    rng = np.random.default_rng(0)
    query, gallery = make_split(rng, actions=6)
    # Few directions: ties everywhere.
    embeddings = [
        np.sign(rng.standard_normal((len(crops), 2)))
        for crops in (query, gallery)
    ]
    plain = rank_within_actions(*embeddings, query, gallery)
    moves = [rng.permutation(len(crops)) for crops in (query, gallery)]
    moved = [
        Crops(crops.bbox_idx[move], crops.action_idx[move])
        for crops, move in zip((query, gallery), moves)
    ]
    again = rank_within_actions(
        *(each[move] for each, move in zip(embeddings, moves)), *moved)
    assert _partners(plain, query, gallery) == _partners(again, *moved)
    unmeasured = [
        Rankings(each.offsets, each.gallery) for each in (plain, again)
    ]
    assert _partners(unmeasured[0], query, gallery) == _partners(
        unmeasured[1], *moved)


def test_who_is_left_over_has_no_pair():
    query = Crops(np.arange(3), np.zeros(3, int))
    gallery = Crops(np.arange(2), np.zeros(2, int))
    points = np.array([[0.], [1], [5]]), np.array([[0.], [1]])
    rankings = rank_within_actions(*points, query, gallery)
    pairs = actions_one_to_one(rankings, query, gallery)
    assert pairs.tolist() == [0, 2, -1]


def test_a_distance_without_end_is_refused(split):
    rankings, query, gallery = split
    distances = rankings.distances.copy()
    distances[3] = np.inf
    with pytest.raises(ValueError, match='not finite'):
        actions_one_to_one(
            Rankings(rankings.offsets, rankings.gallery, distances), query,
            gallery)
