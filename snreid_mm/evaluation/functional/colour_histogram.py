"""The ranking that needs no training: by the colours of a crop."""

import cv2
import numpy as np


def colour_histogram(image: np.ndarray,
                     stripes: int = 6,
                     bins: tuple = (8, 4, 4)) -> np.ndarray:
    """Describe a crop by the colours of its horizontal stripes.

    The descriptor of person re-identification before deep learning: a
    histogram over hue, saturation and value for each stripe, so that shirt,
    shorts and socks count apart. The square root makes the Euclidean
    distance of two descriptors the Hellinger distance of their histograms.

    Args:
        image (np.ndarray): The crop, BGR, uint8, shape (H, W, 3).
        stripes (int): Number of stripes S of equal height. Defaults to 6.
        bins (tuple[int, int, int]): Bins of hue, saturation and value.
            Defaults to (8, 4, 4).

    Returns:
        np.ndarray: Float32, shape (S * bins[0] * bins[1] * bins[2], ), of
        length 1.

    Raises:
        ValueError: If the crop has fewer rows than stripes.
    """
    if len(image) < stripes:
        raise ValueError(f'A crop of {len(image)} rows cannot be cut into '
                         f'{stripes} stripes: ask for fewer.')
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    # Hue runs from 0 to 179 in OpenCV's 8-bit images.
    histograms = [
        cv2.calcHist([stripe], [0, 1, 2], None, list(bins),
                     [0, 180, 0, 256, 0, 256]).ravel()
        for stripe in np.array_split(hsv, stripes)
    ]
    descriptor = np.concatenate([h / h.sum() for h in histograms]) / stripes
    return np.sqrt(descriptor, dtype=np.float32)
