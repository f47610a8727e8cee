"""What a report says, as values; nothing here knows of HTML or files."""

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

import numpy as np

from snreid_mm.evaluation.functional import (chance_scores, query_groups,
                                             score_rankings)
from snreid_mm.evaluation.functional.bootstrap import bootstrap_difference
from snreid_mm.structures import Crops, Rankings

# What the crop ranked first shows, by the number in `Model.first`.
FIRST = ('right', 'wrong, same class', 'wrong, other class', 'wrong')
# The cumulative matching curve is drawn to this rank.
CMC_RANKS = 20


@dataclass(frozen=True)
class Score:
    """A mean over queries in per cent, and its interval over the actions.

    Args:
        value (float): The mean.
        low (float, optional): Where the interval begins. None where there is
            a single action, which says nothing about others.
        high (float, optional): Where it ends.
    """

    value: float
    low: Optional[float] = None
    high: Optional[float] = None


@dataclass(frozen=True)
class Group:
    """The scores of a group of queries, such as those of one role.

    Args:
        name (str): The group.
        queries (int): How many there are.
        mAP (Score): Their mean average precision.
        rank1 (Score): The share whose first crop is right.
    """

    name: str
    queries: int
    mAP: Score
    rank1: Score


@dataclass(frozen=True, eq=False)
class Model:
    """What one ranking file scored.

    Args:
        name (str): What the report calls it.
        mAP (Score): Mean average precision.
        ranks (dict[str, Score]): Rank-1, rank-5 and rank-10.
        difference (Score, optional): mAP less that of the first model. None
            for that one.
        cmc (tuple[float]): For each rank from 1 the share of the queries
            whose first match is there or before, in per cent.
        groups (dict[str, tuple[Group]]): By role, height and gallery size.
        first_shares (dict[str, float]): For each of :data:`FIRST` that
            occurs, the share of the queries in per cent.
        rankings (Rankings): The rankings.
        average_precision (np.ndarray): Of each query, shape (Q, ).
        first_match (np.ndarray): The rank of its first match, shape (Q, ).
        first (np.ndarray): What its first crop shows, an index into
            :data:`FIRST`, shape (Q, ).
    """

    name: str
    mAP: Score
    ranks: Dict[str, Score]
    difference: Optional[Score]
    cmc: Tuple[float, ...]
    groups: Dict[str, Tuple[Group, ...]]
    first_shares: Dict[str, float]
    rankings: Rankings
    average_precision: np.ndarray
    first_match: np.ndarray
    first: np.ndarray


@dataclass(frozen=True, eq=False)
class Report:
    """What a report says.

    Args:
        query (Crops): The queries, named by their files.
        gallery (Crops): The gallery, likewise.
        actions (int): How many actions there are.
        chance (dict[str, float]): What a random order scores, in per cent.
        models (tuple[Model]): The models, the first is compared with.
    """

    query: Crops
    gallery: Crops
    actions: int
    chance: Dict[str, float]
    models: Tuple[Model, ...]


def analyse(query: Crops, gallery: Crops, rankings: Dict[str,
                                                         Rankings]) -> Report:
    """Score rankings of one split, in whole and in groups.

    Args:
        query (Crops): The queries of the split, with labels.
        gallery (Crops): Its gallery.
        rankings (dict[str, Rankings]): The rankings of each model.

    Returns:
        Report: The scores, with 95 % bootstrap intervals over the actions.

    Raises:
        ValueError: If the split has no labels.
    """
    groups = query_groups(query, gallery)
    models, before = [], None
    for name, each in rankings.items():
        scores = score_rankings(each, query, gallery)
        precision = scores.average_precision
        first = _first(each, scores.first_match, query, gallery)
        models.append(
            Model(
                name=name,
                mAP=_mean(precision, query),
                ranks={
                    f'rank-{k}': _mean(scores.first_match <= k, query)
                    for k in (1, 5, 10)
                },
                difference=None if before is None else _score(
                    before, precision, query.action_idx),
                cmc=tuple(
                    float(100 * (scores.first_match <= rank).mean())
                    for rank in range(1, CMC_RANKS + 1)),
                groups={
                    kind: tuple(
                        Group(
                            label, int(mask.sum()),
                            _mean(precision, query, mask),
                            _mean(scores.first_match == 1, query, mask))
                        for label, mask in masks.items())
                    for kind, masks in groups.items()
                },
                first_shares={
                    text: float(100 * (first == i).mean())
                    for i, text in enumerate(FIRST) if i in first
                },
                rankings=each,
                average_precision=precision,
                first_match=scores.first_match,
                first=first))
        before = precision if before is None else before
    return Report(
        query=query,
        gallery=gallery,
        actions=len(np.unique(query.action_idx)),
        chance=chance_scores(scores.gallery_sizes, scores.n_matches),
        models=tuple(models))


def _first(rankings: Rankings, first_match: np.ndarray, query: Crops,
           gallery: Crops) -> np.ndarray:
    """Say what the crop ranked first shows, by its place in `FIRST`."""
    if query.role is None or gallery.role is None:
        return np.where(first_match == 1, 0, 3)
    chosen = rankings.gallery[rankings.offsets[:-1]]
    same = np.asarray(gallery.role)[chosen] == np.asarray(query.role)
    return np.where(first_match == 1, 0, np.where(same, 1, 2))


def _mean(values: np.ndarray,
          query: Crops,
          mask: slice = slice(None)) -> Score:
    values = values[mask].astype(float)
    return _score(np.zeros_like(values), values, query.action_idx[mask])


def _score(before: np.ndarray, after: np.ndarray, actions: np.ndarray) -> Score:
    interval = bootstrap_difference(before, after, actions, resamples=2000)
    value = 100 * interval.value
    if not np.isfinite(interval.low):
        return Score(value)
    return Score(value, 100 * interval.low, 100 * interval.high)
