"""Errors of decisions that are made by a threshold."""

from typing import Tuple

import numpy as np


def threshold_for_false_accepts(scores: np.ndarray, outcomes: np.ndarray,
                                rate: float) -> float:
    """Find the lowest threshold that keeps to a rate of false accepts.

    Args:
        scores (np.ndarray): Higher is more like one person, shape (N, ).
        outcomes (np.ndarray): Whether it is one person, bool, shape (N, ).
        rate (float): The share of the pairs of two persons that may score
            above the threshold, from 0 to below 1.

    Returns:
        float: The threshold; accept what scores above it.

    Raises:
        ValueError: If there is no pair of two persons, or the rate is out of
            range.
    """
    if not 0 <= rate < 1:
        raise ValueError('The rate of false accepts must lie from 0 to below '
                         f'1, but is {rate}.')
    _check(scores, outcomes)
    descending = np.sort(scores[~outcomes])[::-1]
    # 0.29 * 100 is a little less than 29.
    return float(descending[int(rate * len(descending) + 1e-9)])


def error_rates(scores: np.ndarray, outcomes: np.ndarray,
                threshold: float) -> Tuple[float, float]:
    """Count the errors at a threshold.

    Args:
        scores (np.ndarray): Shape (N, ).
        outcomes (np.ndarray): Bool, shape (N, ).
        threshold (float): Accepted is what scores above it.

    Returns:
        tuple[float, float]: The share of the false that are accepted, and of
        the true that are not.

    Raises:
        ValueError: If there are no true or no false outcomes.
    """
    _check(scores, outcomes)
    return (float(np.mean(scores[~outcomes] > threshold)),
            float(np.mean(scores[outcomes] <= threshold)))


def equal_error_rate(scores: np.ndarray, outcomes: np.ndarray) -> float:
    """Compute the error at the threshold where both kinds are as frequent.

    Between two thresholds the rates are taken as straight lines.

    Args:
        scores (np.ndarray): Shape (N, ).
        outcomes (np.ndarray): Bool, shape (N, ).

    Returns:
        float: 0 where every true outcome scores above every false one, 0.5
        where scores say nothing.

    Raises:
        ValueError: If there are no true or no false outcomes.
    """
    _check(scores, outcomes)
    thresholds = np.append(-np.inf, np.unique(scores))
    accepted, missed = (
        np.searchsorted(np.sort(scores[kind]), thresholds, 'right') /
        kind.sum() for kind in (~outcomes, outcomes))
    accepted = 1 - accepted  # falls from 1 to 0, and `missed` rises to 1
    gap = accepted - missed
    after = int(np.argmax(gap <= 0))
    part = gap[after - 1] / (gap[after - 1] - gap[after])
    return float(missed[after - 1] + part *
                 (missed[after] - missed[after - 1]))


def risk_coverage(confidences: np.ndarray,
                  is_right: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Compute the errors among the most certain answers.

    (`El-Yaniv and Wiener, "On the foundations of noise-free selective
    classification", JMLR 2010
    <https://jmlr.org/papers/v11/el-yaniv10a.html>`_.)

    Args:
        confidences (np.ndarray): Of each answer, shape (N, ).
        is_right (np.ndarray): Bool, shape (N, ).

    Returns:
        tuple[np.ndarray, np.ndarray]: The shares of the answers that are
        given, ascending, one for each distinct confidence, and the share of
        wrong ones among them, both of shape (M, ).

    Raises:
        ValueError: If there is no answer.
    """
    if not len(confidences):
        raise ValueError('There is no answer to count the errors of.')
    order = np.argsort(-confidences, kind='stable')
    ordered = confidences[order]
    # Equal confidences are answered all or none.
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)) + 1
    wrong = np.cumsum(~is_right[order])[ends - 1]
    return ends / len(order), wrong / ends


def _check(scores: np.ndarray, outcomes: np.ndarray) -> None:
    if outcomes.all() or not outcomes.any():
        raise ValueError(
            f'Of {len(scores)} outcomes {int(outcomes.sum())} are true: '
            'error rates need true and false ones.')
