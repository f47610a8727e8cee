"""Re-ranking by k-reciprocal neighbours."""

import numpy as np


def k_reciprocal(squared: np.ndarray,
                 queries: int,
                 k1: int = 8,
                 k2: int = 3,
                 distance_weight: float = .5) -> np.ndarray:
    """Score pairs by how many neighbours they share that are neighbours both
    ways, among the crops of one action.

    `Re-ranking Person Re-identification with k-reciprocal Encoding
    <https://arxiv.org/abs/1701.08398>`_, sections 3.2 to 3.5, with
    ``distance_weight`` = λ / (1 − λ). Crops at equal distances are neighbours
    by their order.

    Args:
        squared (np.ndarray): Squared distances between all N crops of an
            action, its queries first, shape (N, N).
        queries (int): How many of them are queries, q.
        k1 (int): Neighbours that are looked at. Defaults to 8.
        k2 (int): Neighbours whose encodings are averaged, the crop itself
            among them. Defaults to 3.
        distance_weight (float): Weight of the distance, as a share of the
            row's largest, beside the Jaccard distance. Defaults to 0.5.

    Returns:
        np.ndarray: Scores, higher is better, shape (q, N - q).
    """
    n = len(squared)
    largest = squared.max(1, keepdims=True)
    squared = squared / np.where(largest > 0, largest, 1)
    # Each crop is its own nearest, even among equal ones.
    order = np.argsort(
        np.where(np.eye(n, dtype=bool), -1, squared), axis=1, kind='stable')
    place = np.argsort(order, axis=1)  # (N, N): place of j in i's list
    reciprocal = _mutual(place, k1)
    halves = _mutual(place, round(k1 / 2))  # (N, N)
    shared = reciprocal.astype(float) @ halves.T  # (N, N)
    taken = reciprocal & (shared > 2 / 3 * halves.sum(1))
    reciprocal |= taken.astype(float) @ halves > 0
    encoding = np.where(reciprocal, np.exp(-squared), 0)
    encoding /= encoding.sum(1, keepdims=True)
    near = place < k2
    encoding = near.astype(float) @ encoding / min(k2, n)
    common = np.minimum(encoding[:queries, None],
                        encoding[queries:]).sum(-1)  # (q, N - q)
    # Both sum to 1, so what either has is 2 less what they share.
    jaccard = 1 - common / (2 - common)
    return -jaccard - distance_weight * squared[:queries, queries:]


def _mutual(place: np.ndarray, k: int) -> np.ndarray:
    """Whether two are among each other's k nearest beside themselves."""
    near = place <= k
    return near & near.T
