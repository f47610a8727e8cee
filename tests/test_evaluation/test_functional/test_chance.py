import itertools

import numpy as np
import pytest

from snreid_mm.evaluation.functional import chance_scores


def _all_orders(size, matches, ks):
    """Average precision and rank-k over every order there is."""
    precisions, hits = [], []
    for places in itertools.combinations(range(1, size + 1), matches):
        precisions.append(
            np.mean([(i + 1) / place for i, place in enumerate(places)]))
        hits.append([places[0] <= k for k in ks])
    return np.mean(precisions), np.mean(hits, axis=0)


@pytest.mark.parametrize('size', range(1, 9))
def test_it_is_the_mean_over_all_orders(size):
    ks = (1, 2, 5, 10)
    for matches in range(1, size + 1):
        precision, hits = _all_orders(size, matches, ks)
        assert list(chance_scores([size], [matches], ks).values()) == (
            pytest.approx([100 * precision, *100 * hits]))


def test_it_is_what_shuffling_gives():
    rng = np.random.default_rng(0)
    size, matches = 23, 3
    relevant = np.zeros((20000, size))
    relevant[:, :matches] = 1
    relevant = rng.permuted(relevant, axis=1)
    precision = relevant.cumsum(1) / np.arange(1, size + 1)
    simulated = (precision * relevant).sum(1) / matches
    expected = chance_scores([size], [matches])['mAP'] / 100
    error = simulated.std() / len(simulated)**.5
    assert abs(simulated.mean() - expected) < 4 * error


def test_it_is_averaged_over_the_queries():
    sizes, matches = [1, 4, 10], [1, 2, 1]
    scores = chance_scores(sizes, matches)
    assert list(scores) == ['mAP', 'rank-1', 'rank-5', 'rank-10']
    assert scores['mAP'] == pytest.approx(
        np.mean([
            chance_scores([n], [r])['mAP'] for n, r in zip(sizes, matches)
        ]))
    assert scores['rank-1'] == pytest.approx(100 * (1 + .5 + .1) / 3)
    assert scores['rank-10'] == pytest.approx(100)


@pytest.mark.parametrize('sizes, matches, message', [
    ([3], [0], 'query 0 has 0 among 3'),
    ([9, 3], [1, 4], 'query 1 has 4 among 3'),
    ([], [], 'no query'),
])
def test_impossible_counts_are_refused(sizes, matches, message):
    with pytest.raises(ValueError, match=message):
        chance_scores(sizes, matches)
