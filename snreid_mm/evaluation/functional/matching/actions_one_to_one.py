"""Which gallery crop each query of an action is, if no crop is two of them."""

import numpy as np

from snreid_mm.structures import Crops, Rankings
from ..ranking import group_by_action
from ..ties import tie_break_hash
from .one_to_one import one_to_one


def actions_one_to_one(rankings: Rankings, query: Crops,
                       gallery: Crops) -> np.ndarray:
    """Pair the queries of each action with different gallery crops.

    It is the assignment of least total squared distance, as the matching
    ``'assignment'`` takes it. Where rankings have no distances, it is that of
    least total rank. The order of the crops decides nothing.

    Args:
        rankings (Rankings): Of the Q queries, each of its whole gallery.
        query (Crops): The queries; ``bbox_idx`` and ``action_idx`` are read.
        gallery (Crops): The gallery, likewise.

    Returns:
        np.ndarray: Where the pair of each query stands in the flat arrays of
        ``rankings``, shape (Q, ), int64. -1 for a query that is left over
        because its action has fewer gallery crops than queries.

    Raises:
        ValueError: If a distance is not finite.
    """
    if rankings.distances is None:
        ranks = np.arange(len(rankings.gallery)) - np.repeat(
            rankings.offsets[:-1], rankings.gallery_sizes)
        costs = ranks.astype(np.float64)
    else:
        costs = rankings.distances.astype(np.float64)**2
    if not np.isfinite(costs).all():
        raise ValueError('A distance is not finite, so nothing can be paired: '
                         'the embeddings are too large.')
    found = np.full(len(query), -1, np.int64)
    place = np.empty(len(gallery), np.int64)
    for rows, columns in group_by_action(query, gallery):
        # Equal costs are settled by position: a fixed order that means
        # nothing.
        rows = rows[tie_break_hash(0, query.bbox_idx[rows]).argsort()]
        columns = columns[tie_break_hash(1,
                                         gallery.bbox_idx[columns]).argsort()]
        place[columns] = np.arange(len(columns))
        ranked = rankings.offsets[rows, None] + np.arange(len(columns))
        pairs = np.empty_like(ranked)  # (q, g), a column for each crop
        np.put_along_axis(pairs, place[rankings.gallery[ranked]], ranked, 1)
        partners = one_to_one(-costs[pairs])
        row = np.flatnonzero(partners >= 0)
        found[rows[row]] = pairs[row, partners[row]]
    return found
