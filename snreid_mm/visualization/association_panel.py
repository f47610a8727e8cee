"""Pictures of an action: which gallery crop each query was matched with."""

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from .ranking_panel import RankedImage

# In inches.
_CELL_WIDTH, _CELL_HEIGHT = .5, .9
_ROW, _COLUMN = 1.3, .75
_LINE = 1.5
_FEWEST_ROWS, _MOST_ROWS, _LEAST_WIDTH = 3, 10, 7.

_QUERY, _GALLERY = '#2654a4', '0.6'
# Colour, dashes and sign: not everybody can tell red from green.
_STYLES = {
    True: dict(color='#169448', linestyle='-', label='right'),
    False: dict(color='#ce2c2c', linestyle=(0, (4, 2)), label='wrong'),
    None: dict(color='#2654a4', linestyle='-', label='matched')
}
_SIGNS = {True: '✓ ', False: '✗ ', None: ''}


@dataclass
class Link:
    """A line between a query and the gallery crop that it was matched with.

    Args:
        query (int): Which of the queries.
        crop (int): Which of the gallery crops.
        confidence (float): Between 0 and 1, how thick the line is.
        label (str): What is written on it. Defaults to ''.
        correct (bool, optional): Whether both are one person. None if nobody
            knows. Defaults to None.
    """

    query: int
    crop: int
    confidence: float
    label: str = ''
    correct: Optional[bool] = None


def draw_associations(queries: Sequence[RankedImage],
                      gallery: Sequence[RankedImage],
                      links: Sequence[Link],
                      heading: str = '',
                      key: Sequence[Tuple[float, str]] = ()) -> Figure:
    """Draw the queries of an action beside its gallery, and lines between
    those that were matched.

    Each query stands in a row with the crop that it was matched with; many
    rows are set side by side. On the right are the gallery crops that were
    not matched, in the order given. A line is the thicker the more confident
    it is; solid, with a check mark, if both are one person; dashed, with a
    cross, if not; solid without a sign if nobody knows.

    Args:
        queries (Sequence[RankedImage]): The queries, each with its name.
        gallery (Sequence[RankedImage]): The gallery crops, likewise.
        links (Sequence[Link]): The lines; a crop has at most one.
        heading (str): A line at the top. Defaults to ''.
        key (Sequence[tuple[float, str]]): Confidences of which the key shows
            a line, and what it calls them. Defaults to none.

    Returns:
        Figure: The picture; :func:`~snreid_mm.utils.figures.save_figure`
        writes it.
    """
    partners = {link.crop: link.query for link in links}
    rest = [i for i in range(len(gallery)) if i not in partners]
    blocks = -(-len(queries) // _MOST_ROWS)
    rows = max(-(-len(queries) // blocks), _FEWEST_ROWS)
    across = _COLUMN + _LINE  # from a query to its crop
    block_width = across + 1.6 * _COLUMN
    grid = blocks * block_width  # the left edge of the others
    width = max(grid + -(-len(rest) // rows) * _COLUMN, _LEAST_WIDTH)
    top = .35  # room for what stands above the columns
    height = top + rows * _ROW

    figure = Figure(figsize=(width + .3, height + .9), layout='constrained')
    figure.suptitle(heading, fontsize='medium', weight='bold', wrap=True)
    axes = figure.add_subplot()
    axes.set(xlim=(-.1, width), ylim=(height, 0), aspect='equal')
    axes.axis('off')
    titles = [(grid, 'Gallery, not matched')] * bool(rest)
    for block in range(blocks):
        left = block * block_width
        titles += [(left, 'Queries'), (left + across, 'Matched')]
    for x, title in titles:
        axes.text(x, top / 2, title, va='center', fontsize='medium')

    def query_corner(i: int) -> Tuple[float, float]:
        block, row = divmod(i, rows)
        return block * block_width, top + row * _ROW

    def crop_corner(i: int) -> Tuple[float, float]:
        if i in partners:
            x, y = query_corner(partners[i])
            return x + across, y
        column, row = divmod(rest.index(i), rows)
        return grid + column * _COLUMN, top + row * _ROW

    for link in links:
        x, y = query_corner(link.query)
        _draw_link(axes, link, x + _CELL_WIDTH, x + across,
                   y + _CELL_HEIGHT / 2)
    for i, crop in enumerate(queries):
        _draw_crop(axes, crop, *query_corner(i), _QUERY)
    for i, crop in enumerate(gallery):
        _draw_crop(axes, crop, *crop_corner(i), _GALLERY)
    figure.legend(
        handles=_key(links, key),
        loc='outside lower center',
        ncols=4,
        frameon=False)
    return figure


def _draw_link(axes: Axes, link: Link, left: float, right: float,
               y: float) -> None:
    style = _STYLES[link.correct]
    axes.plot(
        [left, right],
        [y, y],
        color=style['color'],
        linestyle=style['linestyle'],
        linewidth=_width(link.confidence),
        solid_capstyle='butt')
    axes.text(
        (left + right) / 2,
        y,
        _SIGNS[link.correct] + link.label,
        color=style['color'],
        ha='center',
        va='center',
        fontsize='small',
        bbox=dict(facecolor='white', edgecolor='none', pad=1.5))


def _width(confidence: float) -> float:
    return .7 + 2.3 * confidence


def _draw_crop(axes: Axes, crop: RankedImage, left: float, upper: float,
               colour: str) -> None:
    """Draw a crop in the middle of its cell, in its own proportions."""
    height, width = crop.image.shape[:2]
    scale = min(_CELL_WIDTH / width, _CELL_HEIGHT / height)
    width, height = width * scale, height * scale
    x = left + (_CELL_WIDTH - width) / 2
    y = upper + (_CELL_HEIGHT - height) / 2
    axes.add_patch(
        Rectangle((left, upper), _CELL_WIDTH, _CELL_HEIGHT, facecolor='0.93'))
    axes.imshow(
        crop.image[:, :, ::-1],
        extent=(x, x + width, y + height, y),
        interpolation='hanning',
        aspect='equal',
        zorder=2)
    axes.add_patch(
        Rectangle((left, upper),
                  _CELL_WIDTH,
                  _CELL_HEIGHT,
                  fill=False,
                  edgecolor=colour,
                  linewidth=1.5,
                  zorder=3))
    axes.text(
        left + _CELL_WIDTH / 2,
        upper + _CELL_HEIGHT + .04,
        crop.name,
        ha='center',
        va='top',
        fontsize=6.5,
        linespacing=1.1)


def _key(links: Sequence[Link], key: Sequence[Tuple[float,
                                                    str]]) -> List[Line2D]:
    """Draw the lines that the key explains: those that are there."""
    there = {link.correct for link in links}
    signs = [
        Line2D([], [],
               **{
                   **style, 'label': _SIGNS[correct] + style['label'],
                   'linewidth': 2
               }) for correct, style in _STYLES.items() if correct in there
    ]
    return signs + [
        Line2D([], [], color='0.4', linewidth=_width(confidence), label=label)
        for confidence, label in key
    ]
