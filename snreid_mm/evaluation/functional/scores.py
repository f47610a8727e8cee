"""Average precision and rank-k of rankings."""

from dataclasses import dataclass
from typing import Dict, Sequence

import numpy as np

from snreid_mm.structures import Crops, Rankings


def mean_per_cent(values: np.ndarray) -> float:
    """Average one value of every query.

    Args:
        values (np.ndarray): Between 0 and 1, shape (Q, ).

    Returns:
        float: The mean in per cent.

    Raises:
        ValueError: If there is no query to average over.
    """
    if not len(values):
        raise ValueError('There is no query to average over.')
    return float(values.mean() * 100)


@dataclass(frozen=True, eq=False)
class QueryScores:
    """What each of Q queries scored.

    Args:
        average_precision (np.ndarray): Between 0 and 1, shape (Q, ).
        first_match (np.ndarray): Rank of the first right gallery crop,
            counted from 1, shape (Q, ).
        n_matches (np.ndarray): Right gallery crops of the query, shape
            (Q, ).
        gallery_sizes (np.ndarray): All gallery crops of its action, shape
            (Q, ).
    """

    average_precision: np.ndarray
    first_match: np.ndarray
    n_matches: np.ndarray
    gallery_sizes: np.ndarray

    def __len__(self) -> int:
        return len(self.average_precision)

    def select(self, queries: np.ndarray) -> 'QueryScores':
        """Select some of the queries.

        Args:
            queries (np.ndarray): Positions, or a mask of shape (Q, ).

        Returns:
            QueryScores: Their scores.
        """
        return QueryScores(self.average_precision[queries],
                           self.first_match[queries],
                           self.n_matches[queries],
                           self.gallery_sizes[queries])

    def summary(self, topk: Sequence[int] = (1, 5, 10)) -> Dict[str, float]:
        """Average over the queries.

        Args:
            topk (Sequence[int]): The k of each rank-k. A gallery smaller
                than k does not shorten it: there, rank-k is whether the
                query was found at all. Defaults to (1, 5, 10).

        Returns:
            dict[str, float]: ``'mAP'`` and a ``'rank-k'`` for each k, in per
            cent.

        Raises:
            ValueError: If there is no query to average over.
        """
        result = {'mAP': mean_per_cent(self.average_precision)}
        for k in topk:
            result[f'rank-{k}'] = mean_per_cent(self.first_match <= k)
        return result


def find_matches(rankings: Rankings, query: Crops,
                 gallery: Crops) -> np.ndarray:
    """Find the pairs of rankings that show one person.

    Args:
        rankings (Rankings): The rankings of the Q queries.
        query (Crops): The Q queries with ``person_uid``.
        gallery (Crops): The gallery with ``person_uid``.

    Returns:
        np.ndarray: Bool, shape (P, ), in the order of ``rankings``.

    Raises:
        ValueError: If labels are missing.
    """
    for crops in (query, gallery):
        if crops.person_uid is None:
            raise ValueError(
                f'A {crops.kind} has no person_uid, so these rankings cannot '
                'be scored: the split has no labels.')
    return gallery.person_uid[rankings.gallery] == np.repeat(
        query.person_uid, rankings.gallery_sizes)


def score_rankings(rankings: Rankings, query: Crops,
                   gallery: Crops) -> QueryScores:
    """Score rankings by who is in the pictures.

    The average precision of a query is the plain mean of the precision at
    each of its matches, as in SoccerNet's evaluator
    (``SoccerNet/Evaluation/ReIdentification.py``).

    Args:
        rankings (Rankings): The rankings of the Q queries.
        query (Crops): The Q queries with ``person_uid``.
        gallery (Crops): The gallery with ``person_uid``.

    Returns:
        QueryScores: One score for each query.

    Raises:
        ValueError: If labels are missing, or a query's person is not in the
            gallery.
    """
    sizes = rankings.gallery_sizes  # (Q, )
    starts = rankings.offsets[:-1]  # (Q, )
    match = find_matches(rankings, query, gallery)  # (P, )
    # Rank of each pair within its query, and the matches up to it.
    rank = np.arange(1, len(match) + 1) - np.repeat(starts, sizes)
    found = np.zeros(len(match) + 1, np.int64)
    np.cumsum(match, out=found[1:])
    n_matches = found[rankings.offsets[1:]] - found[starts]
    lost = np.flatnonzero(n_matches == 0)
    if lost.size:
        raise ValueError(
            f'There is no match for {query.describe(lost[0])}: its person '
            f'{query.person_uid[lost[0]]} is not in the gallery of its '
            f'action, as for {lost.size} of {len(query)} queries. Check that '
            'the gallery is complete.')
    hits = np.flatnonzero(match)  # (M, ), at least one for each query
    hit_query = np.repeat(np.arange(len(query)), n_matches)  # (M, )
    precision = (found[hits + 1] - found[starts][hit_query]) / rank[hits]
    first_hit = np.zeros(len(query), np.int64)
    np.cumsum(n_matches[:-1], out=first_hit[1:])
    return QueryScores(
        average_precision=np.add.reduceat(precision, first_hit) / n_matches,
        first_match=rank[hits[first_hit]],
        n_matches=n_matches,
        gallery_sizes=sizes)
