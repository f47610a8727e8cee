"""What the pictures of this package have in common."""

from functools import lru_cache
from pathlib import Path
from typing import List

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

# All in pixels.
MARGIN = 20
TITLE_SIZE, NAME_SIZE = 15, 11
LINE, TITLE_LINE = 14, 23

# RGB.
PAPER = (255, 255, 255)
INK = (28, 30, 33)
FAINT = (95, 99, 104)


@lru_cache(maxsize=None)
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Load the font of all pictures.

    Args:
        size (int): In pixels.
        bold (bool): Defaults to False.

    Returns:
        ImageFont.FreeTypeFont: The font.
    """
    # Matplotlib ships this font, so the pictures look alike everywhere.
    name = 'DejaVuSans-Bold.ttf' if bold else 'DejaVuSans.ttf'
    path = Path(matplotlib.get_data_path(), 'fonts', 'ttf', name)
    return ImageFont.truetype(str(path), size)


def wrap_title(text: str, width: int) -> List[str]:
    """Break a line between words where the picture is too narrow for it.

    Args:
        text (str): The line.
        width (int): Of the picture, in pixels.

    Returns:
        list[str]: The lines.
    """
    letters = font(TITLE_SIZE, bold=True)
    lines: List[str] = []
    for word in text.split(' '):
        longer = f'{lines[-1]} {word}' if lines else word
        if lines and letters.getlength(longer) <= width - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line.strip() for line in lines if line.strip()]


def draw_heading(draw: ImageDraw.ImageDraw, lines: List[str]) -> None:
    """Write lines into the upper left corner of a picture.

    Args:
        draw (ImageDraw.ImageDraw): The picture.
        lines (list[str]): What :func:`wrap_title` returned.
    """
    for i, line in enumerate(lines):
        draw.text((MARGIN, MARGIN - 4 + i * TITLE_LINE), line,
                  font=font(TITLE_SIZE), fill=FAINT)


def check_image(image: np.ndarray, name: str) -> None:
    """Refuse what is not an image.

    Args:
        image (np.ndarray): To be of shape (H, W, 3), uint8.
        name (str): What it is called, for the message.

    Raises:
        ValueError: If it is something else.
    """
    if (not isinstance(image, np.ndarray) or image.ndim != 3
            or image.shape[2] != 3 or image.dtype != np.uint8
            or image.size == 0):
        found = (f'{image.dtype} of shape {image.shape}' if isinstance(
            image, np.ndarray) else type(image).__name__)
        raise ValueError(f'The image {name!r} must be uint8 of shape '
                         f'(H, W, 3), but is {found}.')


def enlarge(image: np.ndarray, scale: float) -> np.ndarray:
    """Resize an image and keep its proportions.

    Args:
        image (np.ndarray): Shape (H, W, 3), uint8.
        scale (float): The factor on both sides.

    Returns:
        np.ndarray: Shape (h, w, 3), uint8, at least one pixel wide and high.
    """
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(
        image,
        size,
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def from_bgr(image: np.ndarray) -> Image.Image:
    """Convert an array of shape (H, W, 3), uint8, BGR, to a picture."""
    return Image.fromarray(np.ascontiguousarray(image[:, :, ::-1]))


def to_bgr(picture: Image.Image) -> np.ndarray:
    """Convert an RGB picture to an array, (H, W, 3), uint8, BGR."""
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])
