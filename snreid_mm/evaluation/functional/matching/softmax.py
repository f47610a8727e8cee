"""Softmax over the queries, alone and with that over the gallery."""

import numpy as np
from scipy.special import log_softmax


def logits(squared: np.ndarray, temperature: float) -> np.ndarray:
    """Turn squared distances into logits; on vectors of length 1 these are
    cosine / ``temperature``, but for a constant.

    Args:
        squared (np.ndarray): Squared Euclidean distances, shape (q, g).
        temperature (float): Small is sharp.

    Returns:
        np.ndarray: -squared / (2 temperature), shape (q, g).
    """
    return squared / (-2 * temperature)


def distance(squared: np.ndarray, temperature: float = .1) -> np.ndarray:
    """Score pairs by their distance alone, the plain ranking.

    Args:
        squared (np.ndarray): Squared distances of an action, shape (q, g).
        temperature (float): Changes no order, only the size of a score
            beside that of the own-frame term. Defaults to 0.1.

    Returns:
        np.ndarray: Scores, higher is better, shape (q, g).
    """
    return log_softmax(logits(squared, temperature), axis=1)


def query_softmax(squared: np.ndarray, temperature: float = .1) -> np.ndarray:
    """Score pairs by the softmax over the queries: how much more a gallery
    crop is like this query than like the others.

    The "inverted softmax" of `Offline Bilingual Word Vectors
    <https://arxiv.org/abs/1702.03859>`_.

    Args:
        squared (np.ndarray): Squared distances of an action, shape (q, g).
        temperature (float): Of the softmax. Defaults to 0.1.

    Returns:
        np.ndarray: Log-probabilities, shape (q, g).
    """
    return log_softmax(logits(squared, temperature), axis=0)


def dual_softmax(squared: np.ndarray, temperature: float = .1) -> np.ndarray:
    """Score pairs by the product of the softmax over the gallery and that
    over the queries.

    As in `LoFTR <https://arxiv.org/abs/2104.00680>`_, equation 2.

    Args:
        squared (np.ndarray): Squared distances of an action, shape (q, g).
        temperature (float): Of both. Defaults to 0.1.

    Returns:
        np.ndarray: Log-probabilities, shape (q, g).
    """
    pairs = logits(squared, temperature)
    return log_softmax(pairs, axis=0) + log_softmax(pairs, axis=1)
