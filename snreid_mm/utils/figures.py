"""Figures as files, whole or not at all, and as images."""

import io
from pathlib import Path
from typing import Union

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .files import write_atomically

_SUFFIXES = ('.png', '.jpg', '.pdf', '.svg')


def check_picture(path: Union[str, Path], option: str = '--out') -> None:
    """Refuse a name that no figure can be written under, before the work.

    Raises:
        ValueError: If it does not end in .png, .jpg, .pdf or .svg.
    """
    if Path(path).suffix not in _SUFFIXES:
        raise ValueError(f'{option} {path} must end in '
                         f'{", ".join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}.')


def save_figure(figure: Figure, path: Union[str, Path]) -> None:
    """Write a figure, as the suffix of the path says, so that nobody ever sees
    half of it."""
    data = io.BytesIO()
    figure.savefig(data, format=Path(path).suffix[1:])
    write_atomically(path, data.getvalue())


def to_image(figure: Figure) -> np.ndarray:
    """Draw a figure as an image, uint8 RGB, shape (H, W, 3)."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3]
