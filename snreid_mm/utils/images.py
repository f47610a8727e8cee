"""Crops as they are drawn."""

import cv2
import numpy as np


def read_image(path: str) -> np.ndarray:
    """Read an image file of a data set.

    Args:
        path (str): The file.

    Returns:
        np.ndarray: Shape (H, W, 3), uint8, BGR.

    Raises:
        ValueError: If it is missing or no image. The message names it.
    """
    image = cv2.imread(str(path))
    if image is None:
        raise ValueError(f'{path} cannot be read as an image: fetch the data '
                         'set again.')
    return image
