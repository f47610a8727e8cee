"""Pictures of what a network's maps see on a crop."""

from typing import Dict, Optional

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# In inches; of each cell, without what is written above it.
_STAGE_WIDTH, _STAGE_HEIGHT = 1.5, 2.4
_PART_WIDTH, _PART_HEIGHT = 1., 1.8
_COLUMNS = 10
# From dark to bright in print too.
_COLOURS = 'viridis'


def draw_activations(image: np.ndarray,
                     stages: Dict[str, np.ndarray],
                     parts: Optional[Dict[str, np.ndarray]] = None,
                     heading: str = '') -> Figure:
    """Draw a crop, the activation of each stage over it and, below, each part
    channel.

    Each stage has a scale of its own, from its least to its greatest value,
    which are written above it. The part channels share one scale, so that a
    part that is not seen is dark.

    Args:
        image (np.ndarray): The crop, shape (H, W, 3), uint8, BGR.
        stages (dict[str, np.ndarray]): The activation of each stage, shape
            (h, w), by name.
        parts (dict[str, np.ndarray], optional): The part channels, shape
            (h, w), by name. Defaults to None, no part stream.
        heading (str): A line at the top. Defaults to ''.

    Returns:
        Figure: The picture; :func:`~snreid_mm.utils.figures.save_figure`
        writes it.
    """
    parts = parts or {}
    columns = min(_COLUMNS, max(1, len(parts)))
    rows = -(-len(parts) // columns)
    width = .6 + max(
        _STAGE_WIDTH * (len(stages) + 1), _PART_WIDTH * columns, 6)
    ratio = image.shape[0] / image.shape[1]  # a wide crop needs less height
    heights = [min(_STAGE_HEIGHT, width / (len(stages) + 1) * ratio) + .7]
    if rows:
        heights.append(rows * (min(_PART_HEIGHT, _PART_WIDTH * ratio) + .35))
    figure = Figure(
        figsize=(width, sum(heights) + .5), dpi=130, layout='constrained')
    figure.suptitle(heading, fontsize='medium', weight='bold', wrap=True)
    top, *below = np.atleast_1d(
        figure.subfigures(len(heights), 1, height_ratios=heights))

    plain, *cells = top.subplots(1, len(stages) + 1, squeeze=False)[0]
    _draw_map(plain, image)
    plain.set_title('crop', fontsize='small')
    for axes, (name, values) in zip(cells, stages.items()):
        _draw_map(axes, image, values, values.min(), values.max())
        axes.set_title(
            f'{name}\n{values.shape[0]} × {values.shape[1]}\n'
            f'{values.min():.2g} to {values.max():.2g}',
            fontsize='small')
    for subfigure in below:
        low = min(values.min() for values in parts.values())
        high = max(values.max() for values in parts.values())
        grid = subfigure.subplots(rows, columns, squeeze=False).ravel()
        for axes in grid:
            axes.axis('off')
        for axes, (name, values) in zip(grid, parts.items()):
            drawn = _draw_map(axes, image, values, low, high)
            axes.set_title(name, fontsize='x-small')
        bar = subfigure.colorbar(
            drawn, ax=list(grid), aspect=30, fraction=.03, pad=.01)
        bar.set_label('part channels', fontsize='small')
        bar.ax.tick_params(labelsize='small')
    return figure


def _draw_map(axes: Axes,
              image: np.ndarray,
              values: Optional[np.ndarray] = None,
              low: float = 0.,
              high: float = 1.):
    """Draw a crop in its own proportions, and a map over it, cell by cell."""
    height, width = image.shape[:2]
    extent = (0, width, height, 0)
    axes.axis('off')
    if values is None:
        axes.imshow(image[:, :, ::-1], extent=extent, interpolation='hanning')
        return None
    axes.imshow(
        image.mean(2), cmap='gray', extent=extent, interpolation='hanning')
    return axes.imshow(
        values,
        cmap=_COLOURS,
        vmin=low,
        vmax=high if high > low else low + 1,
        alpha=.6,
        extent=extent,
        interpolation='nearest')
