"""Ranking the crops of an action together instead of each query alone."""

import inspect
import math
from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

import numpy as np
from scipy.spatial.distance import cdist

from snreid_mm.structures import Crops, Rankings
from ..ranking import group_by_action, sort_rows
from ..ties import tie_break_hash
from .k_reciprocal import k_reciprocal
from .softmax import distance, dual_softmax, query_softmax
from .transport import assignment, sinkhorn

#: The methods by name. Each turns an action's squared distances (q, g) into
#: scores (q, g), but for k_reciprocal, which sees those among the queries and the gallery too.
METHODS = {
    method.__name__: method
    for method in (distance, query_softmax, dual_softmax, sinkhorn,
                   assignment, k_reciprocal)
}


def method_parameters(method: str) -> Dict[str, float]:
    """Return the parameters of one of :data:`METHODS` and their defaults."""
    parameters = inspect.signature(METHODS[method]).parameters.values()
    return {
        p.name: p.default
        for p in parameters if p.default is not inspect.Parameter.empty
    }


@dataclass(frozen=True)
class Matching:
    """One way to match the crops of an action. It never sees a label.

    Args:
        type (str): One of :data:`METHODS`.
        parameters (Mapping[str, float]): What the method takes; the rest has
            its defaults.
        own_frame (float): Weight of the log-probability that a gallery crop
            does not stand in the queries' own frame, which is added to the
            score. Defaults to 0, which needs no classifier.

    Raises:
        ValueError: If the method or a parameter is unknown, or a value is not
            positive (``own_frame``: negative).
    """

    type: str
    parameters: Mapping[str, float]
    own_frame: float = 0.

    def __post_init__(self):
        if self.type not in METHODS:
            raise ValueError(f'matching has type {self.type!r}: choose one of '
                             f'{", ".join(METHODS)}.')
        known = method_parameters(self.type)
        for name, value in self.parameters.items():
            if name not in known:
                raise ValueError(
                    f'matching {self.type!r} has no parameter {name!r}: it '
                    f'takes {", ".join(known)} and own_frame.')
            whole = isinstance(known[name], int)
            if not _is_number(value, whole) or value <= 0:
                raise ValueError(
                    f'{name} of matching {self.type!r} must be a positive '
                    f'{"integer" if whole else "number"}, but is {value!r}.')
        if not _is_number(self.own_frame, False) or self.own_frame < 0:
            raise ValueError(f'own_frame of matching {self.type!r} must be a '
                             'number of at least 0, but is '
                             f'{self.own_frame!r}.')

    @classmethod
    def from_dict(cls, settings: Mapping) -> 'Matching':
        """Convert from ``dict(type='dual_softmax', temperature=0.1,
        own_frame=1.0)``."""
        if not isinstance(settings, Mapping) or 'type' not in settings:
            raise ValueError(
                'A matching must be a dict with a type, such as '
                "dict(type='dual_softmax', temperature=0.1), but is "
                f'{settings!r}.')
        parameters = dict(settings)
        return cls(
            parameters.pop('type'), own_frame=parameters.pop('own_frame', 0.),
            parameters=parameters)

    def to_dict(self) -> Dict:
        """Convert to what :meth:`from_dict` reads."""
        own = dict(own_frame=self.own_frame) if self.own_frame else {}
        return dict(type=self.type, **self.parameters, **own)

    @property
    def name(self) -> str:
        """str: What its scores are called."""
        return self.type + ('_own_frame' if self.own_frame else '')

    def rank(self,
             rankings: Rankings,
             query: Crops,
             gallery: Crops,
             embeddings: Optional[Tuple[np.ndarray, np.ndarray]] = None,
             log_elsewhere: Optional[np.ndarray] = None) -> Rankings:
        """Rank each query anew.

        The result does not depend on the order of the crops, and equal scores
        are ordered by :func:`tie_break_hash`, as in the plain ranking.

        Args:
            rankings (Rankings): The plain rankings, with distances.
            query (Crops): The Q queries; ``bbox_idx`` and ``action_idx`` are
                read.
            gallery (Crops): The G gallery crops, likewise.
            embeddings (tuple[np.ndarray, np.ndarray], optional): Those of the
                queries (Q, D) and of the gallery (G, D), which
                ``'k_reciprocal'`` needs. Defaults to None.
            log_elsewhere (np.ndarray, optional): What ``own_frame`` weighs,
                shape (G, ), see :class:`OwnFrameClassifier`. Defaults to
                None.

        Returns:
            Rankings: Aligned with the order of ``query``, without distances.

        Raises:
            ValueError: If something is missing that this matching needs, or a
                distance is not finite.
        """
        self._check(rankings, embeddings, log_elsewhere)
        ranked = np.empty_like(rankings.gallery)
        for rows, columns in group_by_action(query, gallery):
            # A fixed order that means nothing: some methods settle ties, and
            # all round, by position.
            rows = rows[tie_break_hash(0, query.bbox_idx[rows]).argsort()]
            columns = columns[tie_break_hash(
                1, gallery.bbox_idx[columns]).argsort()]
            pairs = rankings.offsets[rows, None] + np.arange(len(columns))
            if self.type == 'k_reciprocal':
                scores = self.scores(
                    embeddings=(embeddings[0][rows], embeddings[1][columns]))
            else:
                place = np.empty(len(gallery), np.int64)
                place[columns] = np.arange(len(columns))
                squared = np.empty(pairs.shape)
                np.put_along_axis(
                    squared, place[rankings.gallery[pairs]],
                    rankings.distances[pairs].astype(np.float64)**2, 1)
                scores = self.scores(squared)
            if self.own_frame:
                scores = scores + self.own_frame * log_elsewhere[columns]
            order, _ = sort_rows(-scores, query.bbox_idx[rows],
                                 gallery.bbox_idx[columns])
            ranked[pairs] = columns[order]
        return Rankings(rankings.offsets, ranked)

    def scores(
        self,
        squared: Optional[np.ndarray] = None,
        embeddings: Optional[Tuple[np.ndarray, np.ndarray]] = None
    ) -> np.ndarray:
        """Score the pairs of one action, without ``own_frame``.

        Args:
            squared (np.ndarray, optional): Squared distances, shape (q, g),
                which all methods but ``'k_reciprocal'`` need.
            embeddings (tuple[np.ndarray, np.ndarray], optional): Those of
                the queries (q, D) and of the gallery (g, D), which that one
                needs.

        Returns:
            np.ndarray: Higher is better, shape (q, g).
        """
        if self.type != 'k_reciprocal':
            return METHODS[self.type](squared, **self.parameters)
        crops = np.concatenate(embeddings).astype(np.float64)
        return k_reciprocal(
            cdist(crops, crops, 'sqeuclidean'), len(embeddings[0]),
            **self.parameters)

    def _check(self, rankings, embeddings, log_elsewhere) -> None:
        if self.type == 'k_reciprocal':
            if embeddings is None:
                raise ValueError("Matching 'k_reciprocal' needs the "
                                 'embeddings: distances between queries and '
                                 'gallery are not enough.')
        elif rankings.distances is None:
            raise ValueError(f'Matching {self.type!r} needs rankings with '
                             'distances; a ranking file holds none: rank the '
                             'embeddings.')
        elif not np.isfinite(rankings.distances).all():
            raise ValueError('A distance is infinite, so nothing can be '
                             'matched: the embeddings are too large.')
        if self.own_frame and log_elsewhere is None:
            raise ValueError(
                f'Matching {self.name!r} needs an own-frame classifier: fit '
                'one with tools/analysis_tools/fit_own_frame.py and name its '
                'file, or leave own_frame out.')


def _is_number(value, whole: bool) -> bool:
    kinds = int if whole else (int, float)
    return (isinstance(value, kinds) and not isinstance(value, bool)
            and math.isfinite(value))
