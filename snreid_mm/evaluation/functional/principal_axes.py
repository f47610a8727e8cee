"""Embeddings on the plane in which they differ most."""

from typing import Tuple

import numpy as np


def principal_axes(embeddings: np.ndarray,
                   count: int = 2) -> Tuple[np.ndarray, np.ndarray]:
    """Project embeddings on their first principal axes.

    Args:
        embeddings (np.ndarray): Shape (N, D), at least one.
        count (int): How many axes, K. Defaults to 2.

    Returns:
        tuple[np.ndarray, np.ndarray]: The coordinates, shape (N, K), their
        mean at 0, and the share of the variance that each axis shows, shape
        (K, ). Axes beyond those that there are, are 0. The largest
        coordinate of each axis is positive, so the picture does not depend on
        the linear algebra library.
    """
    centred = np.asarray(embeddings, np.float64)
    centred = centred - centred.mean(0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    left, sizes = left[:, :count], sizes[:count]
    coordinates = np.zeros((len(centred), count))
    shares = np.zeros(count)
    coordinates[:, :len(sizes)] = left * sizes
    total = np.square(centred).sum()
    if total > 0:
        shares[:len(sizes)] = sizes**2 / total
    largest = abs(coordinates).argmax(0)
    signs = np.sign(coordinates[largest, np.arange(count)])
    return coordinates * np.where(signs == 0, 1, signs), shares
