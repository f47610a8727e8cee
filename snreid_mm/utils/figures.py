"""Figures as files, whole or not at all, and as images."""

import io
from pathlib import Path
from typing import Union

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .files import write_atomically


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
