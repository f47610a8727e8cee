"""Which gallery crops stand in the queries' own frame.

A person stands once in a frame, so a gallery crop from the action frame, which
all queries of an action are from, can match none of them.
"""

from dataclasses import dataclass
from typing import Dict, Iterator, List, Tuple

import numpy as np
from scipy.special import log_expit

from snreid_mm.structures import Crops
from ..logistic import fit_logistic
from ..ranking import group_by_action
from .frame_cues import FRAME_CUES

# How a crop's cues are held against those of the queries.
_VIEWS = 5


@dataclass(frozen=True, eq=False)
class OwnFrameClassifier:
    """A logistic regression on a gallery crop's cues beside those of the
    queries of its action.

    Args:
        scale (np.ndarray): Spread of each cue within an action, shape (C, ).
        weights (np.ndarray): Shape (5 C, ).
        bias (float): The log-odds where all is zero.
    """

    scale: np.ndarray
    weights: np.ndarray
    bias: float

    def __post_init__(self):
        for name, length in (('scale', len(FRAME_CUES)),
                             ('weights', _VIEWS * len(FRAME_CUES))):
            values = np.asarray(getattr(self, name), np.float64)
            if values.shape != (length, ) or not np.isfinite(values).all():
                raise ValueError(
                    f'{name} of an own-frame classifier must be {length} '
                    f'finite numbers, but has shape {values.shape}: fit it '
                    'again with tools/analysis_tools/fit_own_frame.py.')
            object.__setattr__(self, name, values)
        if (self.scale <= 0).any() or not np.isfinite(self.bias):
            raise ValueError(
                'scale of an own-frame classifier must be positive and its '
                'bias finite: fit it again with '
                'tools/analysis_tools/fit_own_frame.py.')

    def log_odds(self, query_cues: np.ndarray,
                 gallery_cues: np.ndarray) -> np.ndarray:
        """Compute the log-odds of standing in the frame of the queries.

        Args:
            query_cues (np.ndarray): :func:`frame_cues` of an action's
                queries, shape (q, C).
            gallery_cues (np.ndarray): Those of its gallery, shape (g, C).

        Returns:
            np.ndarray: Shape (g, ).
        """
        return (_views(query_cues / self.scale, gallery_cues / self.scale)
                @ self.weights + self.bias)

    def log_elsewhere(self, query_cues: np.ndarray, gallery_cues: np.ndarray,
                      query: Crops, gallery: Crops) -> np.ndarray:
        """Compute the log-probability of not standing in the own frame.

        Args:
            query_cues (np.ndarray): Cues of all queries, shape (Q, C).
            gallery_cues (np.ndarray): Cues of the whole gallery, shape
                (G, C).
            query (Crops): The queries, of which the actions are read.
            gallery (Crops): The gallery, likewise.

        Returns:
            np.ndarray: Shape (G, ); 0 in an action without queries.
        """
        result = np.zeros(len(gallery))
        for rows, columns in group_by_action(query, gallery):
            result[columns] = log_expit(
                -self.log_odds(query_cues[rows], gallery_cues[columns]))
        return result

    def to_dict(self) -> Dict:
        """Convert to what JSON can hold."""
        return dict(
            cues=list(FRAME_CUES),
            scale=self.scale.tolist(),
            weights=self.weights.tolist(),
            bias=float(self.bias))


def training_groups(action_idx: np.ndarray, frame_idx: np.ndarray,
                    person_uid: np.ndarray
                    ) -> Iterator[Tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Cut training crops into queries and gallery as SoccerNet cuts a split.

    The first frame of an action counts as the action frame; its crops with a
    match elsewhere are queries, all else is gallery.

    Args:
        action_idx (np.ndarray): Shape (N, ).
        frame_idx (np.ndarray): Shape (N, ).
        person_uid (np.ndarray): Shape (N, ).

    Yields:
        tuple[np.ndarray, np.ndarray, np.ndarray]: For each action that has
        both, the positions of its queries and of its gallery, and whether
        each of the gallery stands in the own frame.
    """
    order = np.argsort(action_idx, kind='stable')
    starts = np.flatnonzero(np.diff(action_idx[order])) + 1
    for crops in np.split(order, starts):
        own = frame_idx[crops] == frame_idx[crops].min()
        people = person_uid[crops]
        is_query = own & np.isin(people, people[~own])
        if is_query.any():
            yield crops[is_query], crops[~is_query], own[~is_query]


def fit_own_frame(groups: List[Tuple[np.ndarray, np.ndarray, np.ndarray]],
                  decay: float = .01) -> OwnFrameClassifier:
    """Fit the classifier.

    Args:
        groups (list[tuple[np.ndarray, np.ndarray, np.ndarray]]): For each
            action the cues of its queries (q, C) and of its gallery (g, C),
            and whether each of the gallery stands in the own frame (g, ).
        decay (float): Weight of the squared weights, on standardised
            features. Defaults to 0.01.

    Returns:
        OwnFrameClassifier: The classifier.

    Raises:
        ValueError: If there is no crop of the one or of the other kind.
    """
    label = np.concatenate([own for _, _, own in groups]) if groups else []
    if not len(label) or np.all(label == label[0]):
        raise ValueError(
            'An own-frame classifier needs gallery crops of the own frame and '
            f'of others, but these {len(groups)} actions have only one kind: '
            'fit it on a larger train split.')
    # Of an action's crops, so that stadiums and kits do not count.
    scale = np.sqrt(
        np.mean([np.concatenate(group[:2]).var(0) for group in groups], 0))
    scale[scale == 0] = 1
    views = np.concatenate(
        [_views(query / scale, gallery / scale) for query, gallery, _ in groups
         ])  # (N, 5 C)
    weights, bias = fit_logistic(views, label, decay * len(label))
    return OwnFrameClassifier(scale, weights, bias)


def _views(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Hold scaled cues (g, C) against those of the queries (q, C): how far
    from their mean, with and without the sign, and how far from the nearest,
    and the roots of both, which tell same from nearly the same."""
    signed = gallery - query.mean(0)
    nearest = np.abs(gallery[:, None] - query).min(1)
    size = np.abs(signed)
    return np.concatenate(
        [signed, size, nearest,
         np.sqrt(size), np.sqrt(nearest)], axis=1)
