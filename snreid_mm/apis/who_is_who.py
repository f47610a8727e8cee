"""Embeddings ranked, paired and compared; no network is needed."""

from typing import NamedTuple, Optional

import numpy as np

from snreid_mm.evaluation.functional import Calibration, rank_within_actions
from snreid_mm.evaluation.functional.matching import Matching, one_to_one
from snreid_mm.structures import Crops, Embeddings
from .results import Comparison, MatchedCrops, RankedCrops


class _Pairs(NamedTuple):
    """All pairs of two lists, taken as one action.

    Args:
        order (np.ndarray): Positions in the gallery, best first, (Q, G).
        distances (np.ndarray): By position in the gallery, (Q, G).
        same (np.ndarray | None): Probabilities, likewise.
        no_match (np.ndarray | None): Probabilities, (Q, ).
    """

    order: np.ndarray
    distances: np.ndarray
    same: Optional[np.ndarray]
    no_match: Optional[np.ndarray]


def rank_embeddings(queries: Embeddings,
                    gallery: Embeddings,
                    calibration: Optional[Calibration] = None,
                    matching: Optional[Matching] = None,
                    share: float = .5) -> RankedCrops:
    """Rank a gallery for each query; see
    :meth:`~snreid_mm.apis.PlayerReIDInferencer.rank`."""
    pairs = _measure(queries, gallery, calibration, matching, share)
    return RankedCrops(
        queries, gallery, pairs.order,
        np.take_along_axis(pairs.distances, pairs.order, 1),
        None if pairs.same is None else np.take_along_axis(
            pairs.same, pairs.order, 1), pairs.no_match)


def match_embeddings(action: Embeddings,
                     replay: Embeddings,
                     calibration: Optional[Calibration] = None,
                     matching: Optional[Matching] = None,
                     share: float = .5) -> MatchedCrops:
    """Pair the crops of an action with those of a replay; see
    :meth:`~snreid_mm.apis.PlayerReIDInferencer.match`."""
    pairs = _measure(action, replay, calibration, None, share)
    squared = pairs.distances.astype(np.float64)**2
    scores, alone = -squared, None
    if matching is not None:
        scores = matching.scores(squared, (action.values, replay.values))
        if pairs.same is not None:
            scores = np.where(pairs.same > pairs.no_match[:, None], scores,
                              -np.inf)
    elif pairs.same is not None:
        scores, alone = _log(pairs.same), _log(pairs.no_match)
    partners = one_to_one(scores, alone)
    return MatchedCrops(
        action, replay, partners, _at(pairs.distances, partners),
        None if pairs.same is None else _at(pairs.same, partners),
        pairs.no_match)


def compare_embeddings(a: Embeddings,
                       b: Embeddings,
                       calibration: Optional[Calibration] = None
                       ) -> Comparison:
    """Compare one crop with another; see
    :meth:`~snreid_mm.apis.PlayerReIDInferencer.compare`."""
    for each in (a, b):
        if len(each) != 1:
            raise ValueError(
                f'compare takes one crop and another, but got {len(each)}, '
                f'first {each.names[0]}: use rank or match.')
    if a.values.shape != b.values.shape:
        raise ValueError(
            f'The embedding of {a.names[0]} has {a.values.shape[1]} numbers, '
            f'that of {b.names[0]} {b.values.shape[1]}: both must come from '
            'the same model.')
    distance = np.linalg.norm(
        a.values[0].astype(np.float64) - b.values[0], keepdims=True)
    probability = None if calibration is None else float(
        calibration.same_person_alone(distance)[0])
    return Comparison(float(distance[0]), probability)


def _measure(query: Embeddings, gallery: Embeddings,
             calibration: Optional[Calibration],
             matching: Optional[Matching], share: float) -> _Pairs:
    sides = [
        Crops(
            np.arange(len(each)),
            np.zeros(len(each), int),
            names=each.names,
            kind=kind) for each, kind in ((query, 'query'),
                                          (gallery, 'gallery crop'))
    ]
    embeddings = query.values, gallery.values
    ranked = rank_within_actions(*embeddings, *sides)
    shape = len(query), len(gallery)
    order = ranked.gallery.reshape(shape)

    def by_position(values: np.ndarray) -> np.ndarray:
        found = np.empty(shape, values.dtype)
        np.put_along_axis(found, order, values.reshape(shape), 1)
        return found

    same = no_match = None
    if calibration is not None:
        same = by_position(calibration.same_person(ranked))
        no_match = calibration.no_match_of(ranked, share)
    distances = by_position(ranked.distances)
    if matching is not None:
        order = matching.rank(ranked, *sides,
                              embeddings).gallery.reshape(shape)
    return _Pairs(order, distances, same, no_match)


def _log(probabilities: np.ndarray) -> np.ndarray:
    """Take the logarithm, finite for a probability of 0 too."""
    return np.log(probabilities.clip(np.finfo(np.float64).tiny))


def _at(values: np.ndarray, partners: np.ndarray) -> np.ndarray:
    """Pick each row's partner, (Q, G) to (Q, ), NaN where it has none."""
    picked = values[np.arange(len(partners)), partners]
    return np.where(partners < 0, np.nan, picked)
