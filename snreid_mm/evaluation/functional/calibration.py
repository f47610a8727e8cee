"""How probable it is that two crops show one person, or that none does."""

from dataclasses import dataclass, fields
from typing import Tuple

import numpy as np
from scipy.special import expit, logit

from snreid_mm.structures import Rankings
from .error_rates import threshold_for_false_accepts
from .logistic import fit_logistic

# Keeps weights finite where the outcomes can be told apart without an error.
_RIDGE = 1e-3


@dataclass(frozen=True)
class Calibration:
    """What turns the distances of one model into probabilities.

    Each field is a logistic regression (Platt, "Probabilistic outputs for
    support vector machines and comparisons to regularized likelihood
    methods", 1999): weights and, last, the bias.

    Args:
        in_ranking (tuple[float]): Of a pair within the ranking of its query:
            three weights, see :func:`ranking_features`, and the bias.
        alone (tuple[float]): Of a pair without a ranking: the weight of its
            distance, and the bias.
        no_match (tuple[float]): Of a query without a match in its gallery:
            as ``in_ranking``, for the best crop.
        threshold (float): The probability of a pair in a ranking above which
            two crops count as one person.
        false_accept_rate (float): Below which share ``threshold`` keeps the
            pairs of two persons that are taken for one.

    Raises:
        ValueError: If a field has another length, or is not finite.
    """

    in_ranking: Tuple[float, ...]
    alone: Tuple[float, ...]
    no_match: Tuple[float, ...]
    threshold: float
    false_accept_rate: float

    def __post_init__(self):
        for field, size in zip(fields(self), (4, 2, 4, 1, 1)):
            try:
                value = np.array(getattr(self, field.name), np.float64)
            except (TypeError, ValueError):
                value = np.zeros(0)
            if value.size != size or value.ndim != (size > 1) or \
                    not np.isfinite(value).all():
                raise ValueError(
                    f'{field.name} of a calibration must be {size} finite '
                    f'number{"s" if size > 1 else ""}, but is '
                    f'{getattr(self, field.name)!r}.')
            object.__setattr__(
                self, field.name,
                tuple(value.tolist()) if size > 1 else float(value))

    def same_person(self, rankings: Rankings) -> np.ndarray:
        """Compute the probability that each pair of rankings is one person.

        Args:
            rankings (Rankings): Of Q queries, with distances. A query's
                ranking must be of its whole gallery.

        Returns:
            np.ndarray: Shape (P, ), in the order of ``rankings``.
        """
        return _apply(self.in_ranking, ranking_features(rankings))

    def same_person_alone(self, distances: np.ndarray) -> np.ndarray:
        """Compute the same for pairs of which no ranking is known.

        Args:
            distances (np.ndarray): Euclidean distances of the embeddings,
                shape (N, ).

        Returns:
            np.ndarray: Shape (N, ).
        """
        return _apply(self.alone, np.asarray(distances, np.float64)[:, None])

    def no_match_of(self, rankings: Rankings, share: float = .5) -> np.ndarray:
        """Compute the probability that a query has no match in its gallery.

        Args:
            rankings (Rankings): As for :meth:`same_person`.
            share (float): The share of queries without a match that is to be
                expected; the fit saw every query once with and once without.
                Defaults to 0.5.

        Returns:
            np.ndarray: Shape (Q, ).

        Raises:
            ValueError: If ``share`` is not between 0 and 1.
        """
        if not 0 < share < 1:
            raise ValueError('The share of queries without a match must lie '
                             f'between 0 and 1, but is {share}.')
        best = ranking_features(rankings)[rankings.offsets[:-1]]  # (Q, 3)
        return _apply(self.no_match, best, logit(share))


def ranking_features(rankings: Rankings) -> np.ndarray:
    """Compute what a probability is made of, and a deployment has.

    Args:
        rankings (Rankings): Of Q queries, with distances, whose galleries are
            not empty.

    Returns:
        np.ndarray: For each pair its distance; by how much it is less than
        that of the query's best other crop; both in units of the mean
        distance of the query's gallery, so that the length of embeddings is
        of no weight; and the logarithm of the gallery's size. Shape (P, 3).

    Raises:
        ValueError: If there are no distances, or a gallery is empty.
    """
    sizes, starts = rankings.gallery_sizes, rankings.offsets[:-1]
    if rankings.distances is None or not sizes.all():
        raise ValueError('A probability needs the distances of rankings '
                         'whose galleries are not empty.')
    distances = rankings.distances.astype(np.float64)
    if not sizes.size:
        return np.zeros((0, 3))
    mean = np.repeat(np.add.reduceat(distances, starts) / sizes, sizes)
    # Where all are at distance 0 they are all as far as the mean.
    scaled = np.divide(
        distances, mean, out=np.ones_like(mean), where=mean > 0)  # (P, )
    best = np.repeat(scaled[starts], sizes)
    best[starts] = scaled[np.minimum(starts + 1, rankings.offsets[1:] - 1)]
    return np.stack(
        [scaled, best - scaled,
         np.log(np.repeat(sizes, sizes))], axis=1)


def remove_matches(rankings: Rankings, is_match: np.ndarray) -> Rankings:
    """Take the matches out of every gallery.

    Args:
        rankings (Rankings): Of Q queries.
        is_match (np.ndarray): Whether each pair is one person, bool, shape
            (P, ).

    Returns:
        Rankings: Of the queries whose gallery is not empty then.
    """
    rest = np.add.reduceat(~is_match, rankings.offsets[:-1], dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(rest[rest > 0])])
    return Rankings(offsets, rankings.gallery[~is_match],
                    rankings.distances[~is_match])


def fit_calibration(rankings: Rankings,
                    is_match: np.ndarray,
                    false_accept_rate: float = .01) -> Calibration:
    """Fit the probabilities of a model's distances.

    Queries without a match are made by taking the matches out of each
    query's gallery.

    Args:
        rankings (Rankings): Of the valid split's queries, with distances.
        is_match (np.ndarray): Whether each pair is one person, bool, shape
            (P, ).
        false_accept_rate (float): The share of the pairs of two persons that
            may lie above the threshold. Defaults to 0.01.

    Returns:
        Calibration: The fit.

    Raises:
        ValueError: If there are not both, pairs of one person and of two, or
            the rate is not between 0 and 1.
    """
    if is_match.all() or not is_match.any():
        raise ValueError(
            f'Of {len(is_match)} pairs {int(is_match.sum())} are one person: '
            'a calibration needs pairs of one person and of two.')
    features = ranking_features(rankings)
    without = remove_matches(rankings, is_match)
    best = np.concatenate([
        features[rankings.offsets[:-1]],
        ranking_features(without)[without.offsets[:-1]]
    ])
    in_ranking = _fit(features, is_match)
    return Calibration(
        in_ranking=in_ranking,
        alone=_fit(rankings.distances[:, None].astype(np.float64), is_match),
        no_match=_fit(best, np.arange(len(best)) >= len(rankings)),
        threshold=threshold_for_false_accepts(
            _apply(in_ranking, features), is_match, false_accept_rate),
        false_accept_rate=false_accept_rate)


def _apply(weights: Tuple[float, ...],
           features: np.ndarray,
           shift: float = 0.) -> np.ndarray:
    """Compute probabilities, (N, F) to (N, )."""
    return expit(features @ np.array(weights[:-1]) + weights[-1] + shift)


def _fit(features: np.ndarray, outcomes: np.ndarray) -> Tuple[float, ...]:
    """Fit a logistic regression, (N, F) and bool (N, ) to F + 1 weights."""
    weights, bias = fit_logistic(features, outcomes, _RIDGE)
    return (*weights.tolist(), bias)
