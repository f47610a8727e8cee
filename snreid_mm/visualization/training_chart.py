"""The curves of trainings, as a picture."""

from typing import Dict

import numpy as np
from matplotlib.figure import Figure

_LINES = ('-', '--', '-.', ':')
_MARKERS = 'osD^vPX'
_COLUMNS = 3
# More points are drawn without markers.
_MOST_MARKERS = 25


def draw_training(curves: Dict[str, Dict[str, np.ndarray]],
                  units: Dict[str, str],
                  heading: str = '') -> Figure:
    """Draw a panel for each quantity, and in it a line for each run.

    Args:
        curves (dict[str, dict[str, np.ndarray]]): By quantity and run, when
            and what was logged, shape (N, 2).
        units (dict[str, str]): By quantity, what its points are counted in,
            ``'epoch'`` or ``'iteration'``.
        heading (str): A line at the top. Defaults to ''.

    Returns:
        Figure: The picture; :func:`~snreid_mm.utils.figures.save_figure`
        writes it.
    """
    columns = min(_COLUMNS, len(curves))
    rows = -(-len(curves) // columns)
    runs = list(
        dict.fromkeys(run for lines in curves.values() for run in lines))
    figure = Figure(
        figsize=(4.2 * columns, 2.9 * rows + .8),
        dpi=130,
        layout='constrained')
    figure.suptitle(heading, fontsize='medium', weight='bold', wrap=True)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(curves):]:
        axes.axis('off')
    handles = {}
    for axes, (quantity, lines) in zip(panels, curves.items()):
        for run, points in lines.items():
            i = runs.index(run)
            handles[run], = axes.plot(
                *points.T,
                color=f'C{i % 10}',
                linestyle=_LINES[i % len(_LINES)],
                linewidth=1.4,
                marker=_MARKERS[i % len(_MARKERS)]
                if len(points) <= _MOST_MARKERS else None,
                markersize=4,
                label=run)
        axes.set_title(quantity, fontsize='medium')
        axes.set_xlabel(units[quantity], fontsize='small')
        axes.xaxis.get_major_locator().set_params(
            integer=True, min_n_ticks=1)
        axes.grid(color='0.9')
        axes.set_axisbelow(True)
    figure.legend(
        handles=[handles[run] for run in runs],
        loc='outside lower center',
        ncols=min(3, len(runs)),
        frameon=False)
    return figure
