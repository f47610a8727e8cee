"""Rank each query against the gallery of its own action."""

from typing import List, Tuple

import numpy as np

from snreid_mm.structures import Crops, Rankings
from .ties import tie_break_hash

# Floats in one block of differences: 4 MB, which stays in the cache.
_BLOCK = 2**20


def rank_within_actions(query_embeddings: np.ndarray,
                        gallery_embeddings: np.ndarray, query: Crops,
                        gallery: Crops) -> Rankings:
    """Rank each query against the whole gallery of its own action.

    Both lists are sorted by action and walked once, group by group, so the
    Q x G matrix is never made. The distance of a pair is the sum of its
    squared differences and not ``|q|^2 + |g|^2 - 2qg``: a matrix product
    rounds by the position of a pair in its block, so that equal crops come
    out at unequal distances and the order of the input decides. Here the
    distance is a function of the two vectors alone. Exactly equal distances
    are ordered by :func:`tie_break_hash`.

    Nothing but ``bbox_idx`` and ``action_idx`` of the crops is read (the
    names only for messages).

    Args:
        query_embeddings (np.ndarray): Shape (Q, D), real.
        gallery_embeddings (np.ndarray): Shape (G, D), real.
        query (Crops): The Q queries.
        gallery (Crops): The G gallery crops.

    Returns:
        Rankings: Aligned with the order of ``query``, with positions in the
        order of ``gallery``.

    Raises:
        ValueError: If an embedding holds NaN or Inf, if lengths do not fit,
            or if the gallery of a query's action is empty.
    """
    largest = max(
        _check_embeddings(query_embeddings, query),
        _check_embeddings(gallery_embeddings, gallery))
    if len(query) and len(gallery) and (
            query_embeddings.shape[1] != gallery_embeddings.shape[1]):
        raise ValueError(
            f'The query embeddings have {query_embeddings.shape[1]} numbers, '
            f'the gallery embeddings {gallery_embeddings.shape[1]}: both must '
            'come from the same model.')
    # Numbers whose squares would leave the range of float32 are brought to
    # about 1 by a power of two, which changes no mantissa.
    exponent = int(np.frexp(largest)[1])
    if abs(exponent) < 40:
        exponent = 0

    groups = group_by_action(query, gallery)
    sizes = np.zeros(len(query), np.int64)
    for rows, columns in groups:
        sizes[rows] = len(columns)
    offsets = np.zeros(len(query) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    ranked = np.empty(offsets[-1], np.int64)
    distances = np.empty(offsets[-1], np.float32)
    for rows, columns in groups:
        squared = _squared_distances(
            _to_float32(query_embeddings[rows], exponent),
            _to_float32(gallery_embeddings[columns], exponent))  # (q, g)
        order, squared = sort_rows(squared, query.bbox_idx[rows],
                                   gallery.bbox_idx[columns])  # both (q, g)
        pairs = offsets[rows, None] + np.arange(len(columns))  # (q, g)
        ranked[pairs] = columns[order]
        distances[pairs] = squared
    np.sqrt(distances, out=distances)
    if exponent:
        with np.errstate(over='ignore'):
            np.ldexp(distances, exponent, out=distances)
    return Rankings(offsets, ranked, distances)


def _check_embeddings(embeddings: np.ndarray, crops: Crops) -> float:
    """Check them and return their largest magnitude."""
    if embeddings.ndim != 2 or len(embeddings) != len(crops) or (
            len(crops) and not embeddings.size):
        raise ValueError(
            f'The embeddings of {len(crops)} crops (each a {crops.kind}) '
            f'must have shape ({len(crops)}, D), but have '
            f'{embeddings.shape}.')
    if len(embeddings) == 0:
        return 0.
    # No copy is made: NaN and Inf come through min and max.
    extremes = np.array([embeddings.min(), embeddings.max()], np.float64)
    if not np.isfinite(extremes).all():
        bad = np.flatnonzero(~np.isfinite(embeddings).all(axis=1))
        named = ', '.join(crops.describe(position) for position in bad[:5])
        more = f' and {len(bad) - 5} more' if len(bad) > 5 else ''
        raise ValueError(
            f'NaN or Inf in {len(bad)} of {len(crops)} embeddings: {named}'
            f'{more}. The model has diverged or the image is broken.')
    return float(np.abs(extremes).max())


def group_by_action(query: Crops, gallery: Crops
                    ) -> List[Tuple[np.ndarray, np.ndarray]]:
    """Find the queries and the gallery crops of each action that has a query.

    Args:
        query (Crops): The queries.
        gallery (Crops): The gallery crops.

    Returns:
        list[tuple[np.ndarray, np.ndarray]]: For each action the positions of
        its queries and of its gallery crops.

    Raises:
        ValueError: If the gallery of a query's action is empty.
    """
    gallery_order = np.argsort(gallery.action_idx, kind='stable')
    query_order = np.argsort(query.action_idx, kind='stable')
    actions, starts = np.unique(
        query.action_idx[query_order], return_index=True)
    gallery_actions = gallery.action_idx[gallery_order]
    begins = np.searchsorted(gallery_actions, actions, 'left')
    ends = np.searchsorted(gallery_actions, actions, 'right')
    empty = np.flatnonzero(begins == ends)
    if empty.size:
        position = query_order[starts[empty[0]]]
        raise ValueError(
            f'There is nothing to rank for {query.describe(position)}: the '
            'gallery has no crop of its action. Check that the gallery is '
            'complete.')
    return [(rows, gallery_order[begin:end]) for rows, begin, end in zip(
        np.split(query_order, starts[1:]), begins, ends)]


def _to_float32(embeddings: np.ndarray, exponent: int) -> np.ndarray:
    if exponent:
        embeddings = np.ldexp(embeddings.astype(np.float64), -exponent)
    return embeddings.astype(np.float32, copy=False)


def _squared_distances(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Compute squared distances, (q, D) and (g, D) to (q, g), float32."""
    squared = np.empty((len(query), len(gallery)), np.float32)
    step = max(1, _BLOCK // max(1, gallery.size))
    for begin in range(0, len(query), step):
        block = query[begin:begin + step, None] - gallery  # (step, g, D)
        np.square(block, out=block)
        # Pairwise summation along contiguous memory: the same order of
        # additions for every pair, and a small rounding error.
        np.add.reduce(block, axis=-1, out=squared[begin:begin + step])
    return squared


def sort_rows(values: np.ndarray, query_bbox: np.ndarray,
              gallery_bbox: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Sort each row of (q, g), the smallest first, equal values by
    :func:`tie_break_hash`.

    Args:
        values (np.ndarray): Shape (q, g).
        query_bbox (np.ndarray): ``bbox_idx`` of the rows, shape (q, ).
        gallery_bbox (np.ndarray): ``bbox_idx`` of the columns, shape (g, ).

    Returns:
        tuple[np.ndarray, np.ndarray]: The order of each row and the values in
        that order, both (q, g).
    """
    order = np.argsort(values, axis=1)
    ranked = np.take_along_axis(values, order, 1)
    if (ranked[:, 1:] == ranked[:, :-1]).any():
        tie_break = tie_break_hash(query_bbox[:, None], gallery_bbox)
        order = np.lexsort((tie_break, values))
    return order, ranked
