"""Pictures of why two crops are alike: what each position and part adds."""

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

# In inches.
_CROP_WIDTH, _CROP_HEIGHT, _BARS_WIDTH = 2.3, 5.2, 4.4
_MOST_BARS = 20

# Filled and hollow, orange and blue: not by colour alone.
_ADDS, _TAKES = '#f5a623', '#1f4e9c'
_SIDES = (dict(color='#3a6ea5'), dict(color='0.75', hatch='////'))


@dataclass
class ExplainedCrop:
    """One crop of a pair, and the shares of its positions and parts.

    Args:
        image (np.ndarray): Shape (H, W, 3), uint8, BGR.
        name (str): What is written above it.
        positions (np.ndarray): What each position adds to the similarity,
            shape (h, w).
        constant (float): What comes from no position.
        parts (np.ndarray, optional): What each part adds, shape (P, ).
            Defaults to None, no part stream.
        appearance (float): What the appearance adds by itself, beside the
            parts. Defaults to 0.
    """

    image: np.ndarray
    name: str
    positions: np.ndarray
    constant: float
    parts: Optional[np.ndarray] = None
    appearance: float = 0.

    @property
    def total(self) -> float:
        """float: The similarity."""
        return float(self.positions.sum()) + self.constant


def draw_similarity(pair: Tuple[ExplainedCrop, ExplainedCrop],
                    part_names: Sequence[str] = (),
                    heading: str = '') -> Figure:
    """Draw two crops with the shares of their positions, and beside them bars
    for the parts.

    The more of a cell is covered, the larger is the share of its position, on
    one scale for both crops; filled if it adds to the similarity, hollow if
    it takes away. The bars are the parts of the largest shares; the others
    are one bar.

    Args:
        pair (tuple[ExplainedCrop, ExplainedCrop]): The two crops.
        part_names (Sequence[str]): The names of the P parts. Defaults to
            none.
        heading (str): A line at the top. Defaults to ''.

    Returns:
        Figure: The picture; :func:`~snreid_mm.utils.figures.save_figure`
        writes it.
    """
    with_parts = pair[0].parts is not None
    widths = [_CROP_WIDTH] * 4 + [_BARS_WIDTH] * with_parts
    figure = Figure(
        figsize=(sum(widths) + .3, _CROP_HEIGHT + 1.3),
        dpi=130,
        layout='constrained')
    figure.suptitle(heading, fontsize='medium', weight='bold', wrap=True)
    panels = figure.subplots(1, len(widths), width_ratios=widths)
    largest = max(abs(crop.positions).max() for crop in pair) or 1.
    for i, crop in enumerate(pair):
        plain, shared = panels[2 * i:2 * i + 2]
        _draw_crop(plain, crop)
        plain.set_title(crop.name, fontsize='small')
        _draw_crop(shared, crop, dim=True)
        _draw_squares(shared, crop.positions, largest)
        shared.set_title(
            f'positions {crop.positions.sum():+.3f}\n'
            f'constant {crop.constant:+.3f}\nsum {crop.total:+.3f}',
            fontsize='small')
    if with_parts:
        _draw_bars(panels[-1], pair, part_names)
    figure.legend(
        handles=[
            Patch(facecolor=_ADDS, edgecolor='0.1', label='adds'),
            Patch(facecolor='none', edgecolor=_TAKES, label='takes away'),
            Patch(
                facecolor='none',
                edgecolor='none',
                label=f'a full cell is {largest:.3f}')
        ],
        loc='outside lower left',
        ncols=3,
        frameon=False)
    return figure


def _draw_crop(axes: Axes, crop: ExplainedCrop, dim: bool = False) -> None:
    """Draw a crop over the cells of its grid, in its own proportions."""
    rows, columns = crop.positions.shape
    height, width = crop.image.shape[:2]
    image = crop.image[:, :, ::-1]
    if dim:  # grey and pale, so that the squares are seen on every kit
        grey = image.mean(2, keepdims=True).repeat(3, 2)
        image = (.65 * grey + .35 * 255).astype(np.uint8)
    axes.imshow(image, extent=(0, columns, rows, 0), interpolation='hanning')
    axes.set_aspect(height * columns / (width * rows), anchor='N')
    axes.axis('off')


def _draw_squares(axes: Axes, positions: np.ndarray, largest: float) -> None:
    """Cover a part of each cell that is as large as its share."""
    for adds, style in ((True, dict(facecolor=_ADDS, edgecolor='0.1')),
                        (False, dict(facecolor='none', edgecolor=_TAKES))):
        squares = []
        for (row, column), share in np.ndenumerate(positions):
            side = np.sqrt(abs(share) / largest)
            if share != 0 and (share > 0) == adds:
                squares.append(
                    Rectangle((column + .5 - side / 2, row + .5 - side / 2),
                              side, side))
        axes.add_collection(
            PatchCollection(squares, linewidths=1.2, **style))


def _draw_bars(axes: Axes, pair: Sequence[ExplainedCrop],
               names: Sequence[str]) -> None:
    """Draw a bar for each part, and for the constant."""
    labels, values = _bars(pair, names)
    y = np.arange(len(labels))
    for i, (style, row) in enumerate(zip(_SIDES, values)):
        axes.barh(
            y + .4 * (i - .5),
            row,
            height=.4,
            edgecolor='0.2',
            linewidth=.6,
            label=f'of the {("first", "second")[i]} crop',
            **style)
    axes.set_yticks(y, labels, fontsize='small')
    axes.set_ylim(len(labels) - .4, -.6)
    axes.axvline(0, color='0.2', linewidth=.8)
    axes.grid(axis='x', color='0.9')
    axes.set_axisbelow(True)
    axes.set(xlabel='share of the similarity', title='By part')
    axes.legend(fontsize='small', loc='best')


def _bars(pair: Sequence[ExplainedCrop],
          names: Sequence[str]) -> Tuple[List[str], np.ndarray]:
    """Choose the bars: their labels, and the values of both crops (2, B)."""
    parts = np.stack([crop.parts for crop in pair])  # (2, P)
    order = np.argsort(-abs(parts).max(0), kind='stable')
    drawn = np.sort(order[:_MOST_BARS])
    if len(order) > _MOST_BARS:  # by size, where not all can be shown
        drawn = order[:_MOST_BARS]
    labels = [names[i] for i in drawn]
    values = [parts[:, drawn]]
    rest = order[_MOST_BARS:]
    more = {}
    if len(rest):
        more[f'{len(rest)} others'] = parts[:, rest].sum(1)
    if any(crop.appearance for crop in pair):
        more['appearance alone'] = [crop.appearance for crop in pair]
    more['constant'] = [crop.constant for crop in pair]
    values += [np.array(value)[:, None] for value in more.values()]
    return [*labels, *more], np.concatenate(values, 1)
