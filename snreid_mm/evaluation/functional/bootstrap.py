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
    """Bootstrap the mean difference of paired values over the actions, and
    over the trainings of a model that has several.

    The queries of one action share their gallery, their players and their
    light, and fail together: they are no independent draws, the actions are.
    So SciPy resamples whole actions, as pairs of a sum and a count, and the
    statistic is the ratio of the totals: the mean over the queries drawn, in
    which an action weighs what it weighs in mAP. A model's runs, such as its
    seeds, are resampled too, independently of the actions; because so few
    draws are too alike, by the factor (S - 1) / S of their variance, the runs
    are moved away from their mean to make up for it. The interval lies
    between the percentiles of the resampled means. Sources: B. Efron and R.
    Tibshirani, An Introduction to the Bootstrap (1993), ch. 13, for
    percentile intervals; C. Field and A. Welsh, Bootstrapping clustered data,
    J. R. Stat. Soc. B 69 (2007), for drawing whole clusters; J. N. K. Rao and
    C. F. J. Wu, Resampling inference with complex survey data, J. Am. Stat.
    Assoc. 83 (1988), for the rescaling; A. Owen, The pigeonhole bootstrap,
    Ann. Appl. Stat. 1 (2007), for drawing two crossed factors.

    With few actions, say under twenty, it comes out too narrow, and with two
    or three runs still a little. Of one run it is not known what another seed
    would have changed: that is not in the interval then.

    Args:
        before (np.ndarray): The value of each query in the first model, such
            as its average precision, shape (Q, ), or (S, Q) of S runs.
        after (np.ndarray): Its value in the second model, shape (Q, ) or
            (T, Q).
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
    for values in (before, after):
        if values.ndim not in (1, 2) or (values.shape[-1:] !=
                                         np.shape(action_idx)):
            raise ValueError(
                'before and after must be (Q, ) or (S, Q) and action_idx '
                f'(Q, ), but they have shapes {before.shape}, {after.shape} '
                f'and {np.shape(action_idx)}.')
    before, after = np.atleast_2d(before, after)
    # No query has no mean, and SciPy makes NaN of the other two.
    missing = np.isnan(before).sum() + np.isnan(after).sum()
    if not before.size or not after.size or missing or not 0 < confidence < 1:
        raise ValueError(
            'A difference needs at least one query, values that are not NaN '
            'and a confidence between 0 and 1, but there are '
            f'{before.shape[1]} queries, {missing} NaN and '
            f'confidence={confidence}.')
    value = float(after.mean() - before.mean())
    actions, of_query = np.unique(action_idx, return_inverse=True)
    if len(actions) == 1:
        # Nothing to resample: nothing is known, unless nothing changed.
        end = np.inf if (after.mean(0) != before.mean(0)).any() else 0.
        return Interval(value, -end, end)
    sizes = np.bincount(of_query)  # (A, )
    tables = [_sums(each, of_query) for each in (before, after)]  # (S, A)
    # What is drawn from: the actions, and the runs where there are several.
    factors = [np.arange(len(actions))] + [
        np.arange(len(table)) for table in tables if len(table) > 1
    ]

    def statistic(actions, *runs, axis=-1):
        runs = iter(runs)
        one, two = (
            table[next(runs)[..., None], actions[..., None, :]].mean(-2)
            if len(table) > 1 else table[0][actions] for table in tables)
        return (two - one).sum(axis) / sizes[actions].sum(axis)

    interval = stats.bootstrap(
        factors,
        statistic,
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, _BATCH // (len(actions) * max(map(len, tables)))),
        confidence_level=confidence,
        method='percentile',
        rng=np.random.default_rng(seed)).confidence_interval
    return Interval(value, float(interval.low), float(interval.high))


def _sums(values: np.ndarray, of_query: np.ndarray) -> np.ndarray:
    """Sum the values of each run (S, Q) over each action, (S, A), the runs
    moved apart by what resampling them brings them together."""
    sums = np.stack([np.bincount(of_query, run) for run in values])
    num = len(values)
    if num > 1:
        mean = sums.mean(0)
        sums = mean + np.sqrt(num / (num - 1)) * (sums - mean)
    return sums
