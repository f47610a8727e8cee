import contextlib
import io
import json

import numpy as np
import pytest
from SoccerNet.Evaluation.ReIdentification import evaluate

from snreid_mm.evaluation.functional import (QueryScores, chance_scores,
                                             rank_within_actions,
                                             score_rankings)
from snreid_mm.soccernet import write_ranking_file
from snreid_mm.structures import Crops, Rankings


def test_hand_made_rankings():
    # Person 1 at ranks 1 and 3 of 3, person 2 at rank 2 of 4.
    query = Crops([0, 1], [0, 1], [1, 2], kind='query')
    gallery = Crops(
        np.arange(7), [0, 0, 0, 1, 1, 1, 1], [1, 9, 1, 8, 2, 7, 6])
    rankings = Rankings(np.array([0, 3, 7]), np.arange(7))
    scores = score_rankings(rankings, query, gallery)
    assert scores.average_precision.tolist() == pytest.approx(
        [(1 + 2 / 3) / 2, 1 / 2])
    assert scores.first_match.tolist() == [1, 2]
    assert scores.n_matches.tolist() == [2, 1]
    assert scores.gallery_sizes.tolist() == [3, 4]
    assert scores.summary((1, 2)) == pytest.approx({
        'mAP': 100 * (5 / 6 + 1 / 2) / 2,
        'rank-1': 50,
        'rank-2': 100
    })
    chosen = scores.select(np.array([False, True]))
    assert len(chosen) == 1 and chosen.summary((1, ))['rank-1'] == 0


def test_a_small_gallery_does_not_cut_rank_k():
    query = Crops([0, 1], [0, 1], [1, 2])
    gallery = Crops(np.arange(8), [0, 0, 1, 1, 1, 1, 1, 1],
                    [9, 1, 3, 4, 5, 6, 7, 2])
    rankings = Rankings(np.array([0, 2, 8]), np.arange(8))
    summary = score_rankings(rankings, query, gallery).summary()
    assert summary['rank-1'] == 0
    assert summary['rank-5'] == 50
    assert summary['rank-10'] == 100


def _hard_case(seed, make_split):
    """A random split with embeddings that tie, match or say nothing."""
    rng = np.random.default_rng(seed)
    query, gallery = make_split(
        rng,
        actions=int(rng.integers(1, 30)),
        max_queries=int(rng.integers(1, 8)),
        max_gallery=int(rng.choice([1, 2, 30])))
    people = np.unique(np.concatenate([query.person_uid,
                                       gallery.person_uid]))
    length = int(rng.choice([1, 8, 64]))
    centres = rng.standard_normal((len(people), length))

    def embed(crops):
        noise = rng.standard_normal((len(crops), length))
        own = centres[np.searchsorted(people, crops.person_uid)]
        embeddings = own + rng.choice([0, .5, 3]) * noise
        if seed % 3 == 0:
            embeddings = np.round(embeddings)  # many ties
        elif seed % 10 == 1:
            embeddings[:] = 1  # nothing but ties
        return embeddings.astype(np.float32)

    return query, gallery, embed(query), embed(gallery)


@pytest.mark.parametrize('seed', range(50))
def test_the_scores_are_those_of_soccernet(tmp_path, make_split,
                                           write_ground_truth, seed):
    query, gallery, queries, crops = _hard_case(seed, make_split)
    rankings = rank_within_actions(queries, crops, query, gallery)
    ours = score_rankings(rankings, query, gallery).summary((1, ))
    truth = write_ground_truth(tmp_path / 'bbox_info.json', query, gallery)
    write_ranking_file(tmp_path / 'ranking.json',
                       rankings.to_dict(query, gallery))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        official = evaluate(str(truth), str(tmp_path / 'ranking.json'))
    assert 'mAP' in printed.getvalue()
    assert ours['mAP'] / 100 == pytest.approx(official['mAP'], abs=1e-6)
    assert ours['rank-1'] / 100 == pytest.approx(
        official['rank-1'], abs=1e-6)


def test_the_hard_cases_are_hard(make_split):
    # Or the comparison above would compare less than it says.
    sizes, matches, tied = [], [], 0
    for seed in range(50):
        query, gallery, queries, crops = _hard_case(seed, make_split)
        rankings = rank_within_actions(queries, crops, query, gallery)
        scores = score_rankings(rankings, query, gallery)
        sizes.append(scores.gallery_sizes)
        matches.append(scores.n_matches)
        tied += (np.diff(rankings.distances) == 0).any()
    assert np.concatenate(sizes).min() == 1
    assert np.concatenate(sizes).max() >= 25
    assert np.concatenate(matches).max() >= 4
    assert tied >= 15


@pytest.mark.parametrize('matches', ['anywhere', 'first', 'last'])
def test_a_constant_embedding_scores_what_chance_scores(make_split, matches):
    rng = np.random.default_rng(0)
    query, gallery = make_split(rng, actions=600, max_gallery=30)
    if matches != 'anywhere':
        # The queries' people have the lowest, or highest, index of all.
        right = np.isin(gallery.person_uid, query.person_uid)
        order = np.argsort(right == (matches == 'last'), kind='stable')
        gallery = Crops(
            np.arange(len(order)), gallery.action_idx[order],
            gallery.person_uid[order])
    constant = rng.standard_normal(64).astype(np.float32)
    rankings = rank_within_actions(
        np.tile(constant, (len(query), 1)),
        np.tile(constant, (len(gallery), 1)), query, gallery)
    scores = score_rankings(rankings, query, gallery)
    found = scores.summary()
    expected = chance_scores(scores.gallery_sizes, scores.n_matches)
    # The spread of a mean over 2,000 queries is below one per cent.
    assert len(query) > 1900
    error = 100 * scores.average_precision.std() / len(query)**.5
    assert abs(found['mAP'] - expected['mAP']) < 3 * error
    for k in (1, 5, 10):
        assert abs(found[f'rank-{k}'] - expected[f'rank-{k}']) < 3.5


def test_a_query_without_match_is_named():
    query = Crops([7, 8], [0, 1], [1, 2], names=['a', 'b.png'], kind='query')
    gallery = Crops([0, 1], [0, 1], [1, 5])
    rankings = Rankings(np.array([0, 1, 2]), np.array([0, 1]))
    with pytest.raises(
            ValueError, match='no match for query 8 .*b.png.*person 2.*1 of '
            '2'):
        score_rankings(rankings, query, gallery)


def test_without_labels_there_is_no_score():
    rankings = Rankings(np.array([0, 1]), np.array([0]))
    with pytest.raises(ValueError, match='query has no person_uid'):
        score_rankings(rankings, Crops([0], [0], kind='query'),
                       Crops([0], [0], [1]))


def test_an_empty_list_has_no_mean():
    empty = Crops([], [], [])
    scores = score_rankings(Rankings(np.zeros(1, int), np.zeros(0, int)),
                            empty, Crops([0], [0], [1]))
    assert isinstance(scores, QueryScores) and len(scores) == 0
    with pytest.raises(ValueError, match='no query'):
        scores.summary()


def test_the_summary_is_plain_json():
    scores = QueryScores(*(np.array([x]) for x in (.5, 2, 1, 2)))
    assert json.dumps(scores.summary((1, 2)))
