"""Pictures of rankings: a query and what was ranked first for it."""

from dataclasses import dataclass
from textwrap import fill
from typing import Optional, Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# In inches.
_CELL_WIDTH, _ROW_HEIGHT = 1.2, 3.6
# Characters of the fixed font that fit below a cell.
_NAME_WIDTH = 18

_QUERY = '#2654a4'
# A sign as well as a colour: not everybody can tell red from green.
_SIGNS = {True: ('✓', '#169448'), False: ('✗', '#ce2c2c'), None: ('', '0.6')}


@dataclass
class RankedImage:
    """One crop in a picture.

    Args:
        image (np.ndarray): Shape (H, W, 3), uint8, BGR.
        name (str): What is written under it, such as its file name.
            Defaults to ''.
        correct (bool, optional): Whether it shows the person of the query.
            None if nobody knows. Defaults to None.
    """

    image: np.ndarray
    name: str = ''
    correct: Optional[bool] = None


def draw_rankings(rankings: Sequence[Tuple[str, RankedImage,
                                           Sequence[RankedImage]]],
                  columns: int,
                  heading: str = '') -> Figure:
    """Draw rankings below each other: the query, then the best of its gallery.

    A gallery crop has a green frame and a check mark if it shows the query's
    person, a red frame and a cross if not, and a grey frame if nobody knows.
    All crops get cells of one size and keep their own proportions.

    Args:
        rankings (Sequence[tuple]): For each its title, its query and its
            gallery crops, best first, at most ``columns``.
        columns (int): Gallery crops to leave room for in a row.
        heading (str): A line at the top. Defaults to ''.

    Returns:
        Figure: The picture; :func:`~snreid_mm.utils.figures.save_figure`
        writes it.
    """
    figure = Figure(
        figsize=(_CELL_WIDTH * (columns + 1),
                 _ROW_HEIGHT * len(rankings) + .4),
        layout='constrained')
    figure.suptitle(heading, fontsize='medium', wrap=True)
    rows = figure.subfigures(len(rankings), squeeze=False)[:, 0]
    for row, (title, query, gallery) in zip(rows, rankings):
        row.suptitle(
            title,
            x=.01,
            ha='left',
            fontsize='medium',
            weight='bold',
            wrap=True)
        first, *cells = row.subplots(1, columns + 1, squeeze=False)[0]
        _draw_crop(first, query, _QUERY)
        first.set_title('Query')
        for rank, (axes, crop) in enumerate(zip(cells, gallery), 1):
            sign, colour = _SIGNS[crop.correct]
            _draw_crop(axes, crop, colour)
            axes.set_title(f'{rank} {sign}', color=colour)
        for axes in cells[len(gallery):]:
            axes.axis('off')
    return figure


def _draw_crop(axes: Axes, crop: RankedImage, colour: str) -> None:
    axes.imshow(crop.image[:, :, ::-1], interpolation='hanning')
    axes.set_aspect('equal', adjustable='datalim')
    axes.set_box_aspect(2)
    axes.set(facecolor='0.93', xticks=[], yticks=[])
    axes.spines[:].set(color=colour, linewidth=3)
    axes.set_xlabel(
        fill(crop.name, _NAME_WIDTH), family='monospace', fontsize=6)
