"""What a random order scores, exactly."""

from typing import Dict, Sequence

import numpy as np

from .scores import mean_per_cent


def expected_average_precision(gallery_sizes: np.ndarray,
                               n_matches: np.ndarray) -> np.ndarray:
    """Expected average precision when the gallery is in random order.

    With R matches among N, the crop at rank k is a match with probability
    R / N, and then (k - 1)(R - 1) / (N - 1) matches are expected before it.
    Summing the precision at each rank and dividing by R leaves

    ``(H + (N - H)(R - 1) / (N - 1)) / N``, with ``H = 1 + 1/2 + ... + 1/N``.

    Args:
        gallery_sizes (np.ndarray): N of each query, shape (Q, ), integer.
        n_matches (np.ndarray): R of each query, 1 to N, shape (Q, ),
            integer.

    Returns:
        np.ndarray: Between 0 and 1, shape (Q, ), float64.

    Raises:
        ValueError: If an R is below 1 or above its N.
    """
    sizes, matches = _check(gallery_sizes, n_matches)
    harmonic = np.cumsum(1 / np.arange(1, sizes.max(initial=1) + 1))
    harmonic = harmonic[sizes - 1]
    share = (matches - 1) / np.maximum(sizes - 1, 1)
    return (harmonic + share * (sizes - harmonic)) / sizes


def chance_map(gallery_sizes: np.ndarray, n_matches: np.ndarray) -> float:
    """Mean average precision expected of a random order.

    Args:
        gallery_sizes (np.ndarray): Gallery crops of each query's action,
            shape (Q, ), integer.
        n_matches (np.ndarray): Matches among them, shape (Q, ), integer.

    Returns:
        float: In per cent.

    Raises:
        ValueError: As :func:`expected_average_precision`, or without a
            query.
    """
    return mean_per_cent(expected_average_precision(gallery_sizes, n_matches))


def chance_rank(gallery_sizes: np.ndarray, n_matches: np.ndarray,
                k: int) -> float:
    """Rank-k expected of a random order.

    Args:
        gallery_sizes (np.ndarray): Gallery crops of each query's action,
            shape (Q, ), integer.
        n_matches (np.ndarray): Matches among them, shape (Q, ), integer.
        k (int): The rank, at least 1.

    Returns:
        float: In per cent; for k = 1 the mean of R / N.

    Raises:
        ValueError: As :func:`chance_map`.
    """
    sizes, matches = _check(gallery_sizes, n_matches)
    # All R matches lie behind rank k: (N-k)/N * (N-k-1)/(N-1) * ...
    missed = np.ones(len(sizes))
    for i in range(matches.max(initial=0)):
        factor = np.maximum(sizes - k - i, 0) / np.maximum(sizes - i, 1)
        missed[i < matches] *= factor[i < matches]
    return mean_per_cent(1 - missed)


def chance_scores(gallery_sizes: np.ndarray,
                  n_matches: np.ndarray,
                  topk: Sequence[int] = (1, 5, 10)) -> Dict[str, float]:
    """All scores of a random order, keyed as ``QueryScores.summary``.

    Args:
        gallery_sizes (np.ndarray): Gallery crops of each query's action,
            shape (Q, ), integer.
        n_matches (np.ndarray): Matches among them, shape (Q, ), integer.
        topk (Sequence[int]): The k of each rank-k. Defaults to (1, 5, 10).

    Returns:
        dict[str, float]: ``'mAP'`` and a ``'rank-k'`` for each k, in per
        cent.

    Raises:
        ValueError: As :func:`chance_map`.
    """
    result = {'mAP': chance_map(gallery_sizes, n_matches)}
    for k in topk:
        result[f'rank-{k}'] = chance_rank(gallery_sizes, n_matches, k)
    return result


def _check(gallery_sizes, n_matches):
    sizes = np.asarray(gallery_sizes, np.int64)
    matches = np.asarray(n_matches, np.int64)
    bad = np.flatnonzero((matches < 1) | (matches > sizes))
    if bad.size:
        raise ValueError(
            f'A query must have 1 to N matches among its N gallery crops, '
            f'but query {bad[0]} has {matches[bad[0]]} among '
            f'{sizes[bad[0]]}.')
    return sizes, matches
