"""What the pixels of a crop tell of the camera that took it."""

import cv2
import numpy as np

# Hue of grass, in the half degrees of OpenCV's 8-bit images.
_GRASS_HUE = (30, 90)
_NAMES = ('L', 'a', 'b')
_SECOND = np.array([1, -2, 1], np.float32)  # the second difference's kernel
# What of cv2.reduce is the same across and down.
_SUM = (cv2.REDUCE_SUM, None, cv2.CV_32F)
_NONE = np.zeros((1, 1), np.uint8)  # OpenCV takes no empty image
#: The names of what :func:`frame_cues` measures, in its order.
FRAME_CUES = (*(f'{part}_{name}' for part in ('border', 'grass', 'crop')
                for name in _NAMES), *(f'crop_spread_{name}'
                                       for name in _NAMES), 'grass_spread',
              'grass_share', 'edges_x', 'edges_y', 'laplacian', 'noise',
              'interlacing', 'blocks_x', 'blocks_y', 'height', 'width')


def frame_cues(image: np.ndarray) -> np.ndarray:
    """Describe the picture that a crop was cut from, not who is in it.

    Colour of the border, of the grass and of the whole in CIE Lab; how sharp,
    noisy, interlaced and compressed it is, in natural logarithms; its size,
    likewise.

    Args:
        image (np.ndarray): The crop, BGR, uint8, shape (H, W, 3).

    Returns:
        np.ndarray: One number for each of :data:`FRAME_CUES`, float64,
        finite.
    """
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB)
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    height, width = lab.shape[:2]
    rim = max(1, round(.06 * min(height, width)))
    border = np.full((height, width), 255, np.uint8)
    border[rim:-rim, rim:-rim] = 0
    grass = cv2.inRange(hsv, (_GRASS_HUE[0], 41, 0), (_GRASS_HUE[1], 255, 255))
    share = cv2.countNonZero(grass) / grass.size
    border_mean, _ = cv2.meanStdDev(lab, mask=border)
    green_mean, green_spread = cv2.meanStdDev(
        lab, mask=grass if share > .01 else border)
    mean, spread = cv2.meanStdDev(lab)
    grey = cv2.extractChannel(lab, 0)
    across = cv2.reduce(_differences(grey[:, 1:], grey[:, :-1]), 0, *_SUM)[0]
    down = cv2.reduce(_differences(grey[1:], grey[:-1]), 1, *_SUM)[:, 0]
    strengths = (
        across.sum(dtype=float) / max(height * (width - 1), 1),
        down.sum(dtype=float) / max((height - 1) * width, 1),
        _mean_size(cv2.Laplacian(grey, cv2.CV_16S)),
        # Second differences both ways cancel edges and leave the noise.
        _mean_size(
            cv2.sepFilter2D(grey, cv2.CV_16S, _SECOND, _SECOND)[1:-1, 1:-1]))
    fields = _mean_size(_differences(grey[2:], grey[:-2]))
    return np.array([
        *border_mean[:, 0], *green_mean[:, 0], *mean[:, 0], *spread[:, 0],
        green_spread[0, 0], share, *map(_log, strengths),
        _log(strengths[1]) - _log(fields),
        _blocks(across),
        _blocks(down),
        np.log(height),
        np.log(width)
    ])


def _differences(image: np.ndarray, shifted: np.ndarray) -> np.ndarray:
    """How much neighbouring pixels differ; a single 0 where there are
    none."""
    return cv2.absdiff(image, shifted) if image.size else _NONE


def _mean_size(values: np.ndarray) -> float:
    return cv2.norm(values, cv2.NORM_L1) / values.size if values.size else 0.


def _log(value: float) -> float:
    return float(np.log(value + .1))


def _blocks(steps: np.ndarray) -> float:
    """How much steps of a period of 8 stand out, at the best phase."""
    if len(steps) < 24:
        return 0.
    phases = np.sort(steps[:len(steps) // 8 * 8].reshape(-1, 8).mean(0))
    return _log(phases[-1] / (phases[4] + .1))
