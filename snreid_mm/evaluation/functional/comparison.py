"""What became better and what worse between two models, and how sure that
is."""

from collections import Counter
from dataclasses import dataclass
from typing import Dict, List, Optional

import numpy as np

from snreid_mm.structures import Crops
from .bootstrap import bootstrap_difference
from .breakdown import group_by_bin, group_by_height, group_by_name

# Gallery crops of a query's action, where one bin ends and the next begins.
GALLERY_EDGES = (10, 20, 40)


@dataclass(frozen=True, eq=False)
class Side:
    """One model's scores in each of its S ranking files, such as those of
    its seeds.

    Args:
        name (str): What the tables call it.
        average_precisions (np.ndarray): Between 0 and 1, shape (S, Q).
        rank1s (np.ndarray): 1 where the first is right, 0 elsewhere, shape
            (S, Q).
        same_class (np.ndarray, optional): The share in which the first is a
            wrong person of the query's class, shape (Q, ). None where the
            ground truth has no classes.
        other_class (np.ndarray, optional): The share in which the first is a
            wrong person of another class, shape (Q, ).
    """

    name: str
    average_precisions: np.ndarray
    rank1s: np.ndarray
    same_class: Optional[np.ndarray] = None
    other_class: Optional[np.ndarray] = None

    @property
    def average_precision(self) -> np.ndarray:
        """np.ndarray: The mean over the files, shape (Q, )."""
        return self.average_precisions.mean(0)

    def scores(self) -> Dict[str, float]:
        """Average over the queries.

        Returns:
            dict[str, float]: mAP, rank-1, and the shares of queries whose
            first is a wrong person of the same, and of another class, in per
            cent.
        """
        result = {
            'mAP': self.average_precisions,
            'rank-1': self.rank1s,
            'first wrong, same class': self.same_class,
            'first wrong, other class': self.other_class
        }
        return {
            key: 100 * float(value.mean())
            for key, value in result.items() if value is not None
        }


def query_groups(query: Crops,
                 gallery: Crops) -> Dict[str, Dict[str, np.ndarray]]:
    """Group the queries by what may decide how hard they are.

    Args:
        query (Crops): The queries.
        gallery (Crops): The gallery.

    Returns:
        dict[str, dict[str, np.ndarray]]: For ``'role'``, ``'height'`` and
        ``'gallery size'``, where the ground truth has them, the groups that
        have a query, each a mask of shape (Q, ).
    """
    groups = {}
    if query.role is not None:
        groups['role'] = group_by_name(query.role)
    if query.height is not None:
        groups['height'] = group_by_height(query.height)
    groups['gallery size'] = group_by_bin(
        gallery_sizes(query, gallery), GALLERY_EDGES)
    return groups


def gallery_sizes(query: Crops, gallery: Crops) -> np.ndarray:
    """Count the gallery crops of each query's action.

    Returns:
        np.ndarray: Shape (Q, ).
    """
    count = Counter(gallery.action_idx.tolist())
    return np.array([count[each] for each in query.action_idx.tolist()])


def compare(before: Side,
            after: Side,
            query: Crops,
            groups: Dict[str, Dict[str, np.ndarray]],
            paired: bool = False,
            **bootstrap) -> dict:
    """Compare a model with another one.

    Args:
        before (Side): The model that is compared with.
        after (Side): The model.
        query (Crops): The queries.
        groups (dict): As :func:`query_groups` returns them.
        paired (bool): Whether the files of both are of the same trainings, in
            the same order, such as one network ranked in two ways. They are
            drawn together then. Defaults to False.
        **bootstrap: ``resamples``, ``confidence`` and ``seed`` of
            ``bootstrap_difference``.

    Returns:
        dict: ``'mAP'`` and ``'rank-1'``, each ``before``, ``after``,
        ``difference``, ``low``, ``high`` (None for the interval of a single
        action, which says nothing) and ``covers_zero``, in per cent;
        ``'better'`` and ``'worse'``, queries of higher and lower average
        precision; ``'queries'`` and ``'actions'``; and ``'groups'``, the
        same of each group.

    Raises:
        ValueError: If ``paired`` sides have not as many files.
    """
    files = len(before.average_precisions), len(after.average_precisions)
    if paired and files[0] != files[1]:
        raise ValueError(
            f'The runs of {before.name} and {after.name} are to be paired, '
            f'but they are {files[0]} and {files[1]}: give as many of each, '
            'in the same order.')
    whole = np.ones(len(query), bool)
    result = _compare(before, after, query, whole, paired, bootstrap)
    result['groups'] = {
        kind: {
            name: _compare(before, after, query, mask, paired, bootstrap)
            for name, mask in masks.items()
        }
        for kind, masks in groups.items()
    }
    return result


def _compare(before: Side, after: Side, query: Crops, mask: np.ndarray,
             paired: bool, bootstrap: dict) -> dict:
    actions = query.action_idx[mask]
    change = (after.average_precision - before.average_precision)[mask]
    result = dict(
        queries=int(mask.sum()),
        actions=len(np.unique(actions)),
        better=int((change > 0).sum()),
        worse=int((change < 0).sum()))
    for name, key in (('mAP', 'average_precisions'), ('rank-1', 'rank1s')):
        old, new = (getattr(each, key)[:, mask] for each in (before, after))
        # Of pairs, the differences are one model's runs against nothing.
        values = (np.zeros_like(old[:1]), new - old) if paired else (old, new)
        interval = bootstrap_difference(*values, actions, **bootstrap)
        result[name] = dict(
            before=100 * float(old.mean()),
            after=100 * float(new.mean()),
            difference=100 * interval.value,
            low=_per_cent(interval.low),
            high=_per_cent(interval.high),
            covers_zero=interval.covers_zero)
    return result


def _per_cent(share: float) -> Optional[float]:
    return 100 * share if np.isfinite(share) else None


def changed_most(before: Side, after: Side, query: Crops, gallery: Crops,
                 count: int) -> List[dict]:
    """List the queries whose average precision changed most.

    Args:
        before (Side): The model that is compared with.
        after (Side): The model.
        query (Crops): The queries.
        gallery (Crops): The gallery.
        count (int): How many at most. Queries that did not change are never
            listed.

    Returns:
        list[dict]: A row for each, the largest change first.
    """
    change = after.average_precision - before.average_precision
    order = np.lexsort((query.bbox_idx, -np.abs(change)))
    sizes = gallery_sizes(query, gallery)
    return [
        dict(
            query=int(query.bbox_idx[i]),
            action=int(query.action_idx[i]),
            role='' if query.role is None else query.role[i],
            height='' if query.height is None else int(query.height[i]),
            gallery=int(sizes[i]),
            before=100 * float(before.average_precision[i]),
            after=100 * float(after.average_precision[i]),
            change=100 * float(change[i]),
            file='' if query.names is None else query.names[i])
        for i in order[:count] if change[i] != 0
    ]
