"""Whether probabilities are as often right as they say."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Reliability:
    """Probabilities in B bins of equal width, without the empty ones.

    Args:
        probability (np.ndarray): Their mean in each bin, shape (B, ).
        share (np.ndarray): The share of outcomes that came true, shape
            (B, ).
        count (np.ndarray): How many there are, shape (B, ).
    """

    probability: np.ndarray
    share: np.ndarray
    count: np.ndarray

    @property
    def expected_error(self) -> float:
        """The expected calibration error: the mean difference of probability
        and share, each bin by its count (`On Calibration of Modern Neural
        Networks <https://arxiv.org/abs/1706.04599>`_)."""
        return float(
            np.average(
                np.abs(self.probability - self.share), weights=self.count))


def reliability(probabilities: np.ndarray,
                outcomes: np.ndarray,
                bins: int = 15) -> Reliability:
    """Compare probabilities with what came true.

    Args:
        probabilities (np.ndarray): From 0 to 1, shape (N, ).
        outcomes (np.ndarray): Bool, shape (N, ).
        bins (int): How many bins. Defaults to 15.

    Returns:
        Reliability: The bins.

    Raises:
        ValueError: If a number is no probability, or there is none.
    """
    probabilities = np.asarray(probabilities, np.float64)
    # NaN is no probability either.
    bad = ~((probabilities >= 0) & (probabilities <= 1))
    if bad.any() or not len(probabilities):
        raise ValueError(
            f'{int(bad.sum())} of {len(probabilities)} numbers are no '
            'probability: each must lie from 0 to 1, and one is needed.')
    of = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    count = np.bincount(of, minlength=bins)
    kept = count > 0
    count = count[kept]
    probability, share = (
        np.bincount(of, values, bins)[kept] / count
        for values in (probabilities, outcomes))
    return Reliability(probability, share, count)
