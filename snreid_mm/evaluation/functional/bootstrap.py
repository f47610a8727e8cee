"""How sure a difference of two runs is."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

# Resampled actions in one batch: 16 MB, and as many of their values.
_BATCH = 2**21


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
    So SciPy resamples whole actions, as pairs of a sum and a count, and the
    statistic is the ratio of the totals: the mean over the queries drawn, in
    which an action weighs what it weighs in mAP. The interval lies between
    the percentiles of the resampled means. Sources: B. Efron and R.
    Tibshirani, An Introduction to the Bootstrap (1993), ch. 13, for
    percentile intervals; C. Field and A. Welsh, Bootstrapping clustered data,
    J. R. Stat. Soc. B 69 (2007), for drawing whole clusters.

    With few actions, say under twenty, it comes out too narrow. What another
    seed of the training would have changed is not in it.

    Args:
        before (np.ndarray): The value of each query in the first run, such
            as its average precision, shape (Q, ).
        after (np.ndarray): Its value in the second run, shape (Q, ).
        action_idx (np.ndarray): The action of each query, shape (Q, ).
        resamples (int): How many resamples. Defaults to 10,000.
        confidence (float): The share of the resampled means between the
            ends, above 0 and below 1. Defaults to 0.95.
        seed (int): The random seed. Defaults to 0.

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
    if not before.shape == after.shape == np.shape(action_idx):
        raise ValueError(
            'before, after and action_idx must be vectors of one length, but '
            f'have shapes {before.shape}, {after.shape} and '
            f'{np.shape(action_idx)}.')
    differences = after - before  # (Q, )
    # No query has no mean, and SciPy makes NaN of the other two.
    if not differences.size or np.isnan(differences).any() or not (
            0 < confidence < 1):
        raise ValueError(
            'A difference needs at least one query, values that are not NaN '
            'and a confidence between 0 and 1, but there are '
            f'{differences.size} queries, {np.isnan(differences).sum()} NaN '
            f'and confidence={confidence}.')
    actions, of_query = np.unique(action_idx, return_inverse=True)
    value = float(differences.mean())
    if len(actions) == 1:
        # Nothing to resample: nothing is known, unless nothing changed.
        end = np.inf if differences.any() else 0.
        return Interval(value, -end, end)
    sums = np.bincount(of_query, differences)  # (A, )
    sizes = np.bincount(of_query)  # (A, )
    interval = stats.bootstrap(
        (sums, sizes),
        lambda sums, sizes, axis=-1: sums.sum(axis) / sizes.sum(axis),
        paired=True,
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, _BATCH // len(actions)),
        confidence_level=confidence,
        method='percentile',
        rng=np.random.default_rng(seed)).confidence_interval
    return Interval(value, float(interval.low), float(interval.high))
