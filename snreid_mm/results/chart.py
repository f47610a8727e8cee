"""mAP against cost, as a picture."""

from pathlib import Path
from typing import List, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from snreid_mm.utils.figures import save_figure

from .labels import place_labels
from .summary import Row


def draw_chart(rows: Sequence[Row], path: Path) -> None:
    """Draw a panel for each share of the data: mAP over multiply-additions.

    The error bars are the sample standard deviation over the seeds; a model
    with one seed has none.

    Args:
        rows (Sequence[Row]): The rows of the table. Those without a result,
            or whose multiply-additions could not be counted, are named below
            their panel.
        path (Path): Where to write, a ``.png``.
    """
    fractions = sorted({row.fraction for row in rows}, reverse=True)
    figure = Figure(
        figsize=(5.4 * len(fractions) + .4, 4.6), dpi=150,
        layout='constrained')
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(fractions), sharey=True, squeeze=False)[0]
    colours = {
        label: f'C{i % 10}'
        for i, label in enumerate(dict.fromkeys(row.label for row in rows))
    }
    panels[0].set_ylabel('mAP on the test split, %')
    for axes, fraction in zip(panels, fractions):
        axes.set_title(f'{100 * fraction:g} % of the training actions')
        _draw_panel(axes, [row for row in rows if row.fraction == fraction],
                    colours)
    # The labels' places depend on the final layout.
    figure.draw_without_rendering()
    for axes, fraction in zip(panels, fractions):
        drawn = _drawn([row for row in rows if row.fraction == fraction])
        place_labels(
            axes, [_position(row) for row in drawn],
            [row.label for row in drawn],
            [row.deviation('mAP') or 0. for row in drawn],
            [colours[row.label] for row in drawn])
    save_figure(figure, path)


def _draw_panel(axes: Axes, rows: Sequence[Row], colours: dict) -> None:
    drawn = _drawn(rows)
    for row in drawn:
        x, y = _position(row)
        axes.errorbar(
            x,
            y,
            yerr=row.deviation('mAP'),
            fmt='o',
            markersize=6,
            capsize=4,
            color=colours[row.label])
    left_out = [row.label for row in rows if row not in drawn]
    note = f'\nnot shown: {", ".join(left_out)}' if left_out else ''
    axes.set_xlabel('multiply-additions for one image, G' + note)
    axes.grid(color='0.9')
    axes.set_axisbelow(True)
    if not drawn:
        axes.set_xticks([])
        return
    axes.set_xscale('log')
    costs = [_position(row)[0] for row in drawn]
    axes.set_xlim(min(costs) / 1.8, max(costs) * 1.8)
    axes.margins(y=.15)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter('{x:g}'))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _drawn(rows: Sequence[Row]) -> List[Row]:
    return [
        row for row in rows
        if row.mean('mAP') is not None and row.mean('test.macs')
    ]


def _position(row: Row) -> tuple:
    return row.mean('test.macs') / 1e9, row.mean('mAP')
