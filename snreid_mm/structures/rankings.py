"""The ranked galleries of many queries, as flat arrays."""

from dataclasses import dataclass
from typing import Dict, List, Optional

import numpy as np

from .crops import Crops


@dataclass(frozen=True, eq=False)
class Rankings:
    """The ranked galleries of Q queries, one after the other in flat arrays.

    Args:
        offsets (np.ndarray): Where each query's ranking begins and ends,
            shape (Q + 1, ), int64: query ``i`` owns the slice
            ``offsets[i]:offsets[i + 1]`` of the P pairs.
        gallery (np.ndarray): Positions in the gallery list, best first,
            shape (P, ), int64.
        distances (np.ndarray, optional): The Euclidean distances that belong
            to them, shape (P, ), float32. None if the order was read from a
            file.
    """

    offsets: np.ndarray
    gallery: np.ndarray
    distances: Optional[np.ndarray] = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, query: int) -> np.ndarray:
        """Return the gallery positions of one query, best first."""
        query = range(len(self))[query]  # refuses what is no position
        return self.gallery[self.offsets[query]:self.offsets[query + 1]]

    @property
    def gallery_sizes(self) -> np.ndarray:
        """Gallery crops that each query is ranked against, shape (Q, )."""
        return np.diff(self.offsets)

    def to_dict(self, query: Crops, gallery: Crops) -> Dict[int, List[int]]:
        """Convert the rankings to what SoccerNet's ranking file holds.

        Args:
            query (Crops): The Q queries.
            gallery (Crops): The gallery.

        Returns:
            dict[int, list[int]]: The ``bbox_idx`` of each query, ascending,
            and of its gallery crops, best first.
        """
        bbox = gallery.bbox_idx[self.gallery]
        return {
            int(query.bbox_idx[i]):
            bbox[self.offsets[i]:self.offsets[i + 1]].tolist()
            for i in np.argsort(query.bbox_idx, kind='stable')
        }
