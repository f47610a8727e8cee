"""Matching as a whole: Sinkhorn's scaling and the one-to-one assignment."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from .softmax import logits


def sinkhorn(squared: np.ndarray,
             temperature: float = .1,
             bin_distance: float = 1.,
             iterations: int = 20) -> np.ndarray:
    """Score pairs by entropic transport with a bin.

    Each query and each gallery crop has one unit to send, to its partners or
    to the bin, as in `SuperGlue <https://arxiv.org/abs/1911.11763>`_, section
    3.2; the scaling is that of `Sinkhorn Distances
    <https://arxiv.org/abs/1306.0895>`_, in logarithms.

    Args:
        squared (np.ndarray): Squared distances of an action, shape (q, g).
        temperature (float): Small is sharp. Defaults to 0.1.
        bin_distance (float): The Euclidean distance of everything to the
            bin. Defaults to 1.
        iterations (int): Scalings of rows and columns. Defaults to 20.

    Returns:
        np.ndarray: Logarithm of what each pair exchanges, shape (q, g).
    """
    q, g = squared.shape
    pairs = logits(
        np.pad(squared, (0, 1), constant_values=bin_distance**2),
        temperature)  # (q + 1, g + 1)
    row_mass, column_mass = np.zeros((q + 1, 1)), np.zeros(g + 1)
    # The bin has room for everything.
    row_mass[-1], column_mass[-1] = np.log(g), np.log(q)
    columns = np.zeros(g + 1)
    for _ in range(iterations):
        rows = row_mass - np.logaddexp.reduce(
            pairs + columns, axis=1, keepdims=True)
        columns = column_mass - np.logaddexp.reduce(pairs + rows, axis=0)
    return (pairs + rows + columns)[:-1, :-1]


def assignment(squared: np.ndarray,
               temperature: float = .1,
               bonus: float = 100.) -> np.ndarray:
    """Score pairs by their distance, and add a bonus to those of the
    one-to-one assignment of least total squared distance.

    Args:
        squared (np.ndarray): Squared distances of an action, shape (q, g).
        temperature (float): As in :func:`distance`. Defaults to 0.1.
        bonus (float): Added to the logits of the assigned pairs; a large one
            ranks each query's partner first. Defaults to 100.

    Returns:
        np.ndarray: Scores, higher is better, shape (q, g).
    """
    scores = logits(squared, temperature)
    scores[linear_sum_assignment(squared)] += bonus
    return scores
