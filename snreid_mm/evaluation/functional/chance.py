"""What a random order scores, exactly."""

from typing import Dict, Sequence

import numpy as np

from .scores import mean_per_cent


def chance_scores(gallery_sizes: np.ndarray,
                  n_matches: np.ndarray,
                  topk: Sequence[int] = (1, 5, 10)) -> Dict[str, float]:
    """Compute the scores that are expected of a random order.

    With R matches among N, the crop at rank k is a match with probability
    R / N, and then (k - 1)(R - 1) / (N - 1) matches are expected before it.
    Summing the precision at each rank and dividing by R leaves an expected
    average precision of

    ``(H + (N - H)(R - 1) / (N - 1)) / N``, with ``H = 1 + 1/2 + ... + 1/N``.

    Args:
        gallery_sizes (np.ndarray): N, the gallery crops of each query's
            action, shape (Q, ), integer.
        n_matches (np.ndarray): R, the matches among them, shape (Q, ),
            integer.
        topk (Sequence[int]): The k of each rank-k. Defaults to (1, 5, 10).

    Returns:
        dict[str, float]: ``'mAP'`` and a ``'rank-k'`` for each k, in per
        cent, as ``QueryScores.summary`` has them.

    Raises:
        ValueError: If an R is below 1 or above its N, or without a query.
    """
    sizes = np.asarray(gallery_sizes, np.int64)
    matches = np.asarray(n_matches, np.int64)
    bad = np.flatnonzero((matches < 1) | (matches > sizes))
    if bad.size:
        raise ValueError(
            f'A query must have 1 to N matches among its N gallery crops, '
            f'but query {bad[0]} has {matches[bad[0]]} among '
            f'{sizes[bad[0]]}.')
    harmonic = np.cumsum(1 / np.arange(1, sizes.max(initial=1) + 1))
    harmonic = harmonic[sizes - 1]
    share = (matches - 1) / np.maximum(sizes - 1, 1)
    result = {
        'mAP': mean_per_cent((harmonic + share * (sizes - harmonic)) / sizes)
    }
    for k in topk:
        # All R matches lie behind rank k: (N-k)/N * (N-k-1)/(N-1) * ...
        missed = np.ones(len(sizes))
        for i in range(matches.max(initial=0)):
            factor = np.maximum(sizes - k - i, 0) / np.maximum(sizes - i, 1)
            missed[i < matches] *= factor[i < matches]
        result[f'rank-{k}'] = mean_per_cent(1 - missed)
    return result
