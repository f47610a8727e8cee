"""Who is who, as values that a file can hold."""

from dataclasses import dataclass
from typing import Dict, Optional

import numpy as np

from snreid_mm.structures import Embeddings


@dataclass(frozen=True, eq=False)
class RankedCrops:
    """The gallery of each query, best first.

    Args:
        queries (Embeddings): Of the Q queries.
        gallery (Embeddings): Of the G gallery crops.
        order (np.ndarray): Positions in the gallery, int64, shape (Q, G).
        distances (np.ndarray): Euclidean distances in that order, float32,
            shape (Q, G).
        probabilities (np.ndarray, optional): That each pair is one person,
            shape (Q, G); None without a calibration.
        no_match (np.ndarray, optional): The probability that a query has no
            match in the gallery, shape (Q, ); None without a calibration.
    """

    queries: Embeddings
    gallery: Embeddings
    order: np.ndarray
    distances: np.ndarray
    probabilities: Optional[np.ndarray] = None
    no_match: Optional[np.ndarray] = None

    def columns(self, topk: Optional[int] = None) -> Dict[str, np.ndarray]:
        """Return what a file of the rankings holds, a row for each pair.

        Args:
            topk (int, optional): The gallery crops of each query. Defaults
                to None, all.
        """
        order = self.order[:, :topk]
        (num, kept), names = order.shape, np.array(self.gallery.names, str)
        columns = dict(
            query=np.repeat(np.array(self.queries.names, str), kept),
            rank=np.tile(np.arange(1, kept + 1), num),
            gallery=names[order].reshape(-1),
            distance=self.distances[:, :kept].reshape(-1))
        if self.probabilities is not None:
            columns.update(
                same_person=self.probabilities[:, :kept].reshape(-1),
                no_match=np.repeat(self.no_match, kept))
        return columns


@dataclass(frozen=True, eq=False)
class MatchedCrops:
    """Pairs of which no crop has two partners.

    Args:
        action (Embeddings): Of the Q crops of the action.
        replay (Embeddings): Of the G crops of the replay.
        partners (np.ndarray): Position in the replay of the partner of each
            action crop, -1 for none, int64, shape (Q, ).
        distances (np.ndarray): Euclidean distance of each pair, NaN where
            there is no partner, shape (Q, ).
        probabilities (np.ndarray, optional): That the pair is one person,
            NaN where there is no partner, shape (Q, ); None without a
            calibration.
        no_match (np.ndarray, optional): The probability that an action crop
            has no match in the replay, shape (Q, ); None without a
            calibration.
    """

    action: Embeddings
    replay: Embeddings
    partners: np.ndarray
    distances: np.ndarray
    probabilities: Optional[np.ndarray] = None
    no_match: Optional[np.ndarray] = None

    def columns(self) -> Dict[str, np.ndarray]:
        """Return what a file of the pairs holds, a row for each action crop;
        the replay's name is '' where there is none."""
        names = np.array([*self.replay.names, ''], str)
        columns = dict(
            action=np.array(self.action.names, str),
            replay=names[self.partners],
            distance=self.distances)
        if self.probabilities is not None:
            columns.update(
                same_person=self.probabilities, no_match=self.no_match)
        return columns


@dataclass(frozen=True)
class Comparison:
    """Two crops compared.

    Args:
        distance (float): Euclidean distance of their embeddings.
        probability (float, optional): That they show one person; None
            without a calibration.
    """

    distance: float
    probability: Optional[float] = None

    def columns(self) -> Dict[str, np.ndarray]:
        """Return what a file of it holds."""
        columns = dict(distance=np.array([self.distance]))
        if self.probability is not None:
            columns['same_person'] = np.array([self.probability])
        return columns
