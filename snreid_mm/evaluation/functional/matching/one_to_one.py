"""Pairs of which no crop has two partners."""

from typing import Optional

import numpy as np
from scipy.optimize import linear_sum_assignment


def one_to_one(scores: np.ndarray,
               alone: Optional[np.ndarray] = None) -> np.ndarray:
    """Pair queries and gallery crops, each at most once, by the greatest
    total score.

    Args:
        scores (np.ndarray): Higher is better; -inf for a pair that must not
            be made. Shape (q, g).
        alone (np.ndarray, optional): The score of a query that has no
            partner, finite, shape (q, ). Defaults to None, which makes as
            many pairs as possible.

    Returns:
        np.ndarray: The partner's position in the gallery for each query,
        -1 for none, int64, shape (q, ).
    """
    q, g = scores.shape
    scores = scores.astype(np.float64)
    if alone is None:
        finite = scores[np.isfinite(scores)]
        lowest, span = (finite.min(), np.ptp(finite)) if finite.size else (0,
                                                                           0)
        # Worse than any pair by more than all pairs can differ.
        alone = np.full(q, lowest - (span + 1) * (q + 1))
    none = np.full((q, q), -np.inf)
    np.fill_diagonal(none, alone)
    # Every query has a place of its own to be alone, so it always comes out.
    _, columns = linear_sum_assignment(
        np.concatenate([scores, none], axis=1), maximize=True)
    return np.where(columns < g, columns, -1)
