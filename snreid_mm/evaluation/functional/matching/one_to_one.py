"""Pairs of which no crop has two partners."""

from typing import Optional

import numpy as np
from scipy.optimize import linear_sum_assignment


def one_to_one(scores: np.ndarray,
               allowed: Optional[np.ndarray] = None) -> np.ndarray:
    """Pair queries and gallery crops, each at most once.

    As many pairs as possible are made, and among those choices the one of
    the greatest total score.

    Args:
        scores (np.ndarray): Finite, higher is better, shape (q, g).
        allowed (np.ndarray, optional): Which pairs may be made, bool, shape
            (q, g). Defaults to None, all.

    Returns:
        np.ndarray: The partner's position in the gallery for each query,
        -1 for none, int64, shape (q, ).
    """
    partners = np.full(len(scores), -1, np.int64)
    if not scores.size:
        return partners
    costs = scores.max() - scores.astype(np.float64)  # from 0
    if allowed is None:
        allowed = np.ones(scores.shape, bool)
    # A pair that must not be made costs more than any number of others.
    costs = np.where(allowed, costs, (costs.max() + 1) * (len(scores) + 1))
    rows, columns = linear_sum_assignment(costs)
    made = allowed[rows, columns]
    partners[rows[made]] = columns[made]
    return partners
