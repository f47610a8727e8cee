"""Scores of groups of queries."""

from typing import Dict, List, Optional, Sequence

import numpy as np

from .scores import QueryScores

# Crop heights in pixels where one bin ends and the next begins.
HEIGHT_EDGES = (64, 128, 256)


def height_bins(heights: np.ndarray,
                edges: Sequence[int] = HEIGHT_EDGES) -> List[str]:
    """Name the bin of each crop height.

    Args:
        heights (np.ndarray): Heights in pixels, shape (N, ).
        edges (Sequence[int]): Ascending heights; a bin includes its lower
            edge. Defaults to (64, 128, 256).

    Returns:
        list[str]: A name for each height, see :func:`height_bin_names`.
    """
    names = height_bin_names(edges)
    return [names[i] for i in np.searchsorted(edges, heights, 'right')]


def height_bin_names(edges: Sequence[int] = HEIGHT_EDGES) -> List[str]:
    """Name all bins, from small to large.

    Args:
        edges (Sequence[int]): Ascending heights in pixels. Defaults to
            (64, 128, 256).

    Returns:
        list[str]: One name more than edges, such as ``'under_64px'``,
        ``'64_to_127px'`` and ``'from_256px'``.
    """
    return bin_names(edges, 'px')


def bin_names(edges: Sequence[int], unit: str = '') -> List[str]:
    """Name all bins of whole numbers, from small to large.

    Args:
        edges (Sequence[int]): Where one bin ends and the next begins,
            ascending.
        unit (str): What stands behind each number. Defaults to ''.

    Returns:
        list[str]: One name more than edges.
    """
    middle = [
        f'{low}_to_{high - 1}{unit}'
        for low, high in zip(edges[:-1], edges[1:])
    ]
    return [f'under_{edges[0]}{unit}', *middle, f'from_{edges[-1]}{unit}']


def breakdown(scores: QueryScores,
              groups: Sequence[str],
              topk: Sequence[int] = (1, 5, 10),
              order: Optional[Sequence[str]] = None
              ) -> Dict[str, Dict[str, float]]:
    """Score each group of queries by itself.

    Args:
        scores (QueryScores): The scores of Q queries.
        groups (Sequence[str]): The group of each query, length Q.
        topk (Sequence[int]): The k of each rank-k. Defaults to (1, 5, 10).
        order (Sequence[str], optional): The order of the groups. Defaults to
            the alphabet's.

    Returns:
        dict[str, dict[str, float]]: For each group that has a query its
        scores in per cent, and ``'queries'``, their number.
    """
    groups = np.asarray(groups)
    result = {}
    for name in (sorted(set(groups.tolist())) if order is None else order):
        chosen = scores.select(groups == name)
        if len(chosen):
            result[name] = {**chosen.summary(topk), 'queries': len(chosen)}
    return result
