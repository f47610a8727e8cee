"""Scores of groups of queries.

The groups are masks by name: ``{'under_64px': mask of shape (Q, ), …}``.
"""

from typing import Dict, Sequence

import numpy as np

from .scores import QueryScores

# Crop heights in pixels where one bin ends and the next begins.
HEIGHT_EDGES = (64, 128, 256)


def group_by_name(names: Sequence[str]) -> Dict[str, np.ndarray]:
    """Group queries by a name, in the alphabet's order.

    Args:
        names (Sequence[str]): Such as the class of each query, length Q.

    Returns:
        dict[str, np.ndarray]: A mask of shape (Q, ) for each name.
    """
    values = np.asarray(names)
    return {name: values == name for name in sorted(set(names))}


def group_by_bin(values: np.ndarray,
                 edges: Sequence[int],
                 unit: str = '') -> Dict[str, np.ndarray]:
    """Group queries by the bin of a whole number, from small to large.

    Args:
        values (np.ndarray): The number of each query, shape (Q, ).
        edges (Sequence[int]): Where one bin ends and the next begins,
            ascending; a bin includes its lower edge.
        unit (str): What stands behind each number. Defaults to ''.

    Returns:
        dict[str, np.ndarray]: A mask of shape (Q, ) for each bin that has a
        query, named such as ``'under_10'``, ``'10_to_19'`` or ``'from_20'``.
    """
    names = [
        f'under_{edges[0]}{unit}',
        *(f'{low}_to_{high - 1}{unit}'
          for low, high in zip(edges, edges[1:])), f'from_{edges[-1]}{unit}'
    ]
    bins = np.searchsorted(edges, values, 'right')
    return {name: bins == i for i, name in enumerate(names) if i in bins}


def group_by_height(heights: np.ndarray) -> Dict[str, np.ndarray]:
    """Group queries by the height of their crops in pixels, shape (Q, ), as
    :func:`group_by_bin`: ``'under_64px'``, ``'64_to_127px'``,
    ``'128_to_255px'`` and ``'from_256px'``."""
    return group_by_bin(heights, HEIGHT_EDGES, 'px')


def breakdown(scores: QueryScores,
              groups: Dict[str, np.ndarray],
              topk: Sequence[int] = (1, 5, 10)) -> Dict[str, Dict[str, float]]:
    """Score each group of queries by itself.

    Args:
        scores (QueryScores): The scores of Q queries.
        groups (dict[str, np.ndarray]): The mask of each group, shape (Q, ).
        topk (Sequence[int]): The k of each rank-k. Defaults to (1, 5, 10).

    Returns:
        dict[str, dict[str, float]]: For each group its scores in per cent,
        and ``'queries'``, their number.
    """
    return {
        name: {
            **scores.select(mask).summary(topk), 'queries': int(mask.sum())
        }
        for name, mask in groups.items()
    }
