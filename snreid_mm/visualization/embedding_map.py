"""Pictures of embeddings: the crops of an action as points of a plane."""

from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

# In inches and pixels.
_SIDE, _THUMBNAIL = 9., 46
# More crops are drawn smaller.
_FULL_SIZE = 25
_QUERY, _MATCH, _OTHER = '#2654a4', '#169448', '0.6'


@dataclass
class EmbeddedCrop:
    """A crop and where its embedding lies.

    Args:
        image (np.ndarray): Shape (H, W, 3), uint8, BGR.
        place (np.ndarray): Its coordinates, shape (2, ).
        name (str): What stands under it. Defaults to ''.
        query (int, optional): The number of the query whose person it shows;
            crops of one number are joined by lines. None for others.
            Defaults to None.
        is_query (bool): Whether it is that query. Defaults to False.
    """

    image: np.ndarray
    place: np.ndarray
    name: str = ''
    query: Optional[int] = None
    is_query: bool = False


def draw_embeddings(crops: Sequence[EmbeddedCrop],
                    axis_names: Tuple[str, str] = ('', ''),
                    heading: str = '') -> Figure:
    """Draw the crops of an action where their embeddings lie.

    Queries have a thick blue frame and lie on top, the gallery crops of their
    persons a green one and a line to the query, all others a thin grey one.

    Args:
        crops (Sequence[EmbeddedCrop]): The crops.
        axis_names (tuple[str, str]): What the axes are.
        heading (str): A line at the top. Defaults to ''.

    Returns:
        Figure: The picture; :func:`~snreid_mm.utils.figures.save_figure`
        writes it.
    """
    figure = Figure(
        figsize=(_SIDE, _SIDE * .85), dpi=130, layout='constrained')
    figure.suptitle(heading, fontsize='medium', weight='bold', wrap=True)
    axes = figure.add_subplot()
    places = np.array([crop.place for crop in crops])
    axes.scatter(*places.T, s=1, color='none')  # sets the limits
    axes.margins(.12)
    axes.grid(color='0.93')
    axes.set_axisbelow(True)
    axes.set(xlabel=axis_names[0], ylabel=axis_names[1])
    queries = {crop.query: crop for crop in crops if crop.is_query}
    for crop in crops:
        if not crop.is_query and crop.query in queries:
            axes.plot(
                *zip(queries[crop.query].place, crop.place),
                color=_MATCH,
                linewidth=1)
    size = _THUMBNAIL * min(1, np.sqrt(_FULL_SIZE / len(crops)))
    # The queries last, so on top.
    order = sorted(
        crops, key=lambda crop: (crop.is_query, crop.query is not None))
    for i, crop in enumerate(order):
        _draw_crop(axes, crop, size, zorder=3 + i / len(order))
    kinds = [('query', _QUERY, 2.5)]
    if any(not crop.is_query and crop.query is not None for crop in crops):
        kinds.append(('the same person in the gallery', _MATCH, 1.5))
    kinds.append(('other gallery crop', _OTHER, .8))
    figure.legend(
        handles=[
            Line2D([], [],
                   linestyle='none',
                   marker='s',
                   markersize=9,
                   markerfacecolor='none',
                   markeredgecolor=colour,
                   markeredgewidth=width,
                   label=label) for label, colour, width in kinds
        ],
        loc='outside lower center',
        ncols=3,
        frameon=False)
    return figure


def _draw_crop(axes: Axes, crop: EmbeddedCrop, size: float,
               zorder: float) -> None:
    colour, width = _OTHER, .8
    if crop.is_query:
        colour, width = _QUERY, 2.5
    elif crop.query is not None:
        colour, width = _MATCH, 1.5
    box = AnnotationBbox(
        OffsetImage(
            crop.image[:, :, ::-1],
            zoom=size / max(crop.image.shape[:2]),
            interpolation='hanning'),
        crop.place,
        pad=.1,
        bboxprops=dict(edgecolor=colour, linewidth=width))
    box.set_zorder(zorder)
    axes.add_artist(box)
    # What covers a crop covers its name.
    axes.annotate(
        crop.name,
        crop.place,
        xytext=(0, -size / 2 - 4),
        textcoords='offset points',
        ha='center',
        va='top',
        fontsize=7,
        zorder=zorder,
        bbox=dict(facecolor='white', edgecolor='none', alpha=.7, pad=.6))
