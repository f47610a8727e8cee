"""Which gallery crops stand in the queries' own frame.

A person stands once in a frame, so a gallery crop from the action frame, which
all queries of an action are from, can match none of them.
"""

from dataclasses import dataclass, fields
from typing import Dict

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import log_expit

from snreid_mm.structures import Crops
from snreid_mm.utils.frame_cues import FRAME_CUES
from ..ranking import group_by_action


@dataclass(frozen=True, eq=False)
class OwnFrameClassifier:
    """An embedding of how a camera's picture looks, in which crops of one
    frame lie near each other.

    The embedding is ``linear @ x + output @ relu(hidden @ x + hidden_bias)``.
    There *x* are a crop's cues less their mean over the action's crops,
    divided by ``scale``, so that stadiums and kits do not count. The log-odds
    that two crops are of one frame are ``bias - slope * distance``.

    Args:
        scale (np.ndarray): Spread of each cue within an action, shape (C, ).
        linear (np.ndarray): Shape (D, C).
        hidden (np.ndarray): Shape (H, C).
        hidden_bias (np.ndarray): Shape (H, ).
        output (np.ndarray): Shape (D, H).
        slope (float): What a unit of distance takes off the log-odds.
        bias (float): The log-odds of two crops that look the same.

    Raises:
        ValueError: If shapes do not fit, or a number is not finite.
    """

    scale: np.ndarray
    linear: np.ndarray
    hidden: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray
    slope: float
    bias: float

    def __post_init__(self):
        for field in fields(self):
            value = np.asarray(getattr(self, field.name), np.float64)
            object.__setattr__(self, field.name, value)
        cues, width = len(FRAME_CUES), self.hidden_bias.size
        depth = len(self.linear) if self.linear.ndim else 0
        for name, shape in dict(
                scale=(cues, ), linear=(depth, cues), hidden=(width, cues),
                hidden_bias=(width, ), output=(depth, width), slope=(),
                bias=()).items():
            values = getattr(self, name)
            if values.shape != shape or not np.isfinite(values).all():
                raise ValueError(
                    f'{name} of an own-frame classifier must hold finite '
                    f'numbers of shape {shape}, but has shape {values.shape}: '
                    'fit it again with tools/analysis_tools/fit_own_frame.py.')
        if (self.scale <= 0).any():
            raise ValueError(
                'scale of an own-frame classifier must be positive: fit it '
                'again with tools/analysis_tools/fit_own_frame.py.')

    def log_odds(self, query_cues: np.ndarray,
                 gallery_cues: np.ndarray) -> np.ndarray:
        """Compute the log-odds of standing in the frame of the queries, the
        mean over the queries of the log-odds of each pair.

        Args:
            query_cues (np.ndarray): :func:`frame_cues` of an action's
                queries, shape (q, C).
            gallery_cues (np.ndarray): Those of its gallery, shape (g, C).

        Returns:
            np.ndarray: Shape (g, ).
        """
        inputs = np.concatenate([gallery_cues, query_cues])
        inputs = (inputs - inputs.mean(0)) / self.scale
        looks = inputs @ self.linear.T + np.maximum(
            inputs @ self.hidden.T + self.hidden_bias, 0) @ self.output.T
        gallery, query = np.split(looks, [len(gallery_cues)])
        return self.bias - self.slope * cdist(gallery, query).mean(1)

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
        numbers = {name: array.tolist() for name, array in vars(self).items()}
        return dict(cues=list(FRAME_CUES), **numbers)
