"""Writing a figure whole or not at all."""

import io
from pathlib import Path
from typing import Union

from matplotlib.figure import Figure

from .files import write_atomically


def save_figure(figure: Figure, path: Union[str, Path]) -> None:
    """Write a figure, so that nobody ever sees half of it.

    Args:
        figure (Figure): The figure.
        path (str | Path): The file to write, such as a ``.png``.

    Raises:
        OSError: If the file cannot be written.
    """
    data = io.BytesIO()
    figure.savefig(data, format=Path(path).suffix[1:])
    write_atomically(path, data.getvalue())
