"""Embeddings and which crops they are of."""

from dataclasses import dataclass
from typing import Dict, Sequence

import numpy as np


@dataclass(frozen=True, eq=False)
class Embeddings:
    """The embeddings of N crops, and their names.

    Args:
        values (np.ndarray): Shape (N, D), kept as float32.
        names (Sequence[str]): One for each crop, length N.

    Raises:
        ValueError: If the shapes do not fit, or a number is NaN or infinite;
            the message names the crop.
    """

    values: np.ndarray
    names: Sequence[str]

    def __post_init__(self):
        values = np.asarray(self.values, np.float32)
        if values.ndim != 2 or len(values) != len(self.names):
            raise ValueError(
                f'Embeddings of {len(self.names)} crops must have shape '
                f'({len(self.names)}, D), but have {values.shape}.')
        bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if bad.size:
            raise ValueError(
                f'NaN or Inf in {bad.size} of {len(values)} embeddings, first '
                f'of {self.names[bad[0]]}: the weights have diverged, or '
                'float16 is too narrow for them.')
        object.__setattr__(self, 'values', values)
        object.__setattr__(self, 'names', tuple(self.names))

    def __len__(self) -> int:
        return len(self.values)

    def columns(self) -> Dict[str, np.ndarray]:
        """Return what a file of them holds, column by column."""
        return dict(name=np.array(self.names, str), embedding=self.values)
