"""Writing a figure whole or not at all."""

import io
from pathlib import Path
from typing import Union

from matplotlib.figure import Figure

from .files import write_atomically


def save_figure(figure: Figure, path: Union[str, Path]) -> None:
    """Write a figure, as the suffix of the path says, so that nobody ever sees
    half of it."""
    data = io.BytesIO()
    figure.savefig(data, format=Path(path).suffix[1:])
    write_atomically(path, data.getvalue())
