"""How sure a difference of two runs is."""

from dataclasses import dataclass

import numpy as np

# Drawn actions in one block: 16 MB, and as many of their values.
_BLOCK = 2**22


@dataclass(frozen=True)
class Interval:
    """A mean difference and its confidence interval.

    Args:
        value (float): The difference.
        low (float): Where the interval begins; minus infinity where nothing
            is known.
        high (float): Where it ends; infinity where nothing is known.
    """

    value: float
    low: float
    high: float

    @property
    def covers_zero(self) -> bool:
        """bool: Whether the interval leaves open which of two is better."""
        return self.low <= 0 <= self.high


def bootstrap_difference(before: np.ndarray,
                         after: np.ndarray,
                         action_idx: np.ndarray,
                         *,
                         resamples: int = 10000,
                         confidence: float = 0.95,
                         seed: int = 0) -> Interval:
    """Bootstrap the mean difference of paired values over the actions.

    The queries of one action share their gallery, their players and their
    light, and fail together: they are no independent draws, the actions are.
    So whole actions are drawn with replacement, as many as there are, and
    each brings all its queries; the mean of a draw is over its queries, so
    that an action weighs what it weighs in mAP. The interval lies between
    the percentiles of the draws' means. Sources: B. Efron and R. Tibshirani,
    An Introduction to the Bootstrap (1993), ch. 13, for percentile
    intervals; C. Field and A. Welsh, Bootstrapping clustered data, J. R.
    Stat. Soc. B 69 (2007), for drawing whole clusters.

    With few actions, say under twenty, it comes out too narrow. What another
    seed of the training would have changed is not in it.

    Args:
        before (np.ndarray): The value of each query in the first run, such
            as its average precision, shape (Q, ).
        after (np.ndarray): Its value in the second run, shape (Q, ).
        action_idx (np.ndarray): The action of each query, shape (Q, ).
        resamples (int): How many draws. Defaults to 10,000.
        confidence (float): The share of the draws between the ends, above 0
            and below 1. Defaults to 0.95.
        seed (int): Of the draws. Defaults to 0.

    Returns:
        Interval: Of the mean of ``after - before``, in the unit of the
        values. Of a run against itself it is exactly 0 to 0. One action,
        unless nothing changed in it, leaves everything open: minus infinity
        to infinity.

    Raises:
        ValueError: If the shapes differ, there is no query, a value is NaN,
            or a setting is out of its range.
    """
    before, after = (np.asarray(each, np.float64) for each in (before, after))
    action_idx = np.asarray(action_idx)
    if not before.shape == after.shape == action_idx.shape or \
            before.ndim != 1:
        raise ValueError(
            'before, after and action_idx must be vectors of one length, but '
            f'have shapes {before.shape}, {after.shape} and '
            f'{action_idx.shape}.')
    if not before.size:
        raise ValueError('There is no query to compare.')
    if not 0 < confidence < 1:
        raise ValueError('confidence must be above 0 and below 1, but is '
                         f'{confidence}.')
    if resamples < 1:
        raise ValueError(f'resamples must be at least 1, but is {resamples}.')
    differences = after - before  # (Q, )
    if np.isnan(differences).any():
        raise ValueError('The difference of query '
                         f'{np.flatnonzero(np.isnan(differences))[0]} is NaN.')
    actions, of_query = np.unique(action_idx, return_inverse=True)
    sums = np.bincount(of_query, differences)  # (A, )
    sizes = np.bincount(of_query)  # (A, )
    if len(actions) == 1 and differences.any():
        return Interval(float(differences.mean()), -np.inf, np.inf)
    means = _resampled_means(sums, sizes, resamples, seed)
    tail = 50 * (1 - confidence)
    low, high = np.percentile(means, [tail, 100 - tail])
    return Interval(float(differences.mean()), float(low), float(high))


def _resampled_means(sums: np.ndarray, sizes: np.ndarray, resamples: int,
                     seed: int) -> np.ndarray:
    """Means over draws of whole actions, (A, ) and (A, ) to (resamples, )."""
    rng = np.random.default_rng(seed)
    count = len(sums)
    means = np.empty(resamples)
    step = max(1, _BLOCK // count)
    for begin in range(0, resamples, step):
        rows = min(step, resamples - begin)
        drawn = rng.integers(count, size=(rows, count), dtype=np.int32)
        means[begin:begin + rows] = (
            sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return means
