"""The crops of an action in small, on one sheet."""

from typing import Sequence

import cv2
import numpy as np

from snreid_mm.utils.images import read_image

# A crop's place on a sheet, in pixels, and how many stand in a row.
WIDTH, HEIGHT, COLUMNS = 48, 96, 16
_QUALITY = 80
_GREY = 128


def draw_sheet(paths: Sequence[str]) -> bytes:
    """Draw crops in small, one beside the other.

    Each keeps its proportions, on grey.

    Args:
        paths (Sequence[str]): The N files, in the order of their places.

    Returns:
        bytes: A WebP image of ``COLUMNS`` places in a row.

    Raises:
        ValueError: If a file is missing or no whole picture.
    """
    rows = -(-len(paths) // COLUMNS)
    sheet = np.full((rows * HEIGHT, COLUMNS * WIDTH, 3), _GREY, np.uint8)
    for i, path in enumerate(paths):
        image = read_image(path)
        height, width = image.shape[:2]
        factor = min(WIDTH / width, HEIGHT / height)
        size = [max(1, round(side * factor)) for side in (width, height)]
        small = cv2.resize(
            image, size, interpolation=cv2.INTER_AREA
            if factor < 1 else cv2.INTER_CUBIC)
        top = i // COLUMNS * HEIGHT + (HEIGHT - size[1]) // 2
        left = i % COLUMNS * WIDTH + (WIDTH - size[0]) // 2
        sheet[top:top + size[1], left:left + size[0]] = small
    return cv2.imencode('.webp', sheet,
                        [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])[1].tobytes()
