import numpy as np
import pytest
from scipy.spatial.distance import cdist

from snreid_mm.evaluation.functional.matching import k_reciprocal


def _slow(squared, queries, k1, k2, distance_weight):
    """As the paper puts it, set by set."""
    n = len(squared)
    squared = [row / row.max() if row.max() else row for row in squared]
    lists = [sorted(range(n), key=lambda j: squared[i][j]) for i in range(n)]

    def mutual(i, k):
        return {
            j
            for j in lists[i][:k + 1] if i in lists[j][:k + 1]
        }

    encoding = np.zeros((n, n))
    for i in range(n):
        neighbours = set(mutual(i, k1))
        for j in mutual(i, k1):
            half = mutual(j, round(k1 / 2))
            if len(half & mutual(i, k1)) > 2 / 3 * len(half):
                neighbours |= half
        for j in neighbours:
            encoding[i, j] = np.exp(-squared[i][j])
        encoding[i] /= encoding[i].sum()
    encoding = np.array([encoding[lists[i][:k2]].mean(0) for i in range(n)])
    scores = np.empty((queries, n - queries))
    for i in range(queries):
        for j in range(queries, n):
            jaccard = 1 - (
                np.minimum(encoding[i], encoding[j]).sum() /
                np.maximum(encoding[i], encoding[j]).sum())
            scores[i, j - queries] = -jaccard - (
                distance_weight * squared[i][j])
    return scores


@pytest.mark.parametrize('n, queries, k1, k2', [(12, 4, 5, 3), (20, 7, 8, 1),
                                                (2, 1, 8, 3), (9, 1, 3, 2)])
def test_it_is_the_papers(n, queries, k1, k2):
    crops = np.random.default_rng(n).standard_normal((n, 6))
    squared = cdist(crops, crops, 'sqeuclidean')
    before = squared.copy()
    np.testing.assert_allclose(
        k_reciprocal(squared, queries, k1, k2, .4),
        _slow(squared, queries, k1, k2, .4),
        atol=1e-12)
    np.testing.assert_array_equal(squared, before)


@pytest.mark.filterwarnings('error')
def test_equal_crops_are_no_division_by_zero():
    assert np.isfinite(k_reciprocal(np.zeros((25, 25)), 2)).all()
