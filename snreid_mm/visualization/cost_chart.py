"""mAP against cost, as a picture."""

from textwrap import fill
from typing import Dict, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

# Seven markers and ten colours tell seventy models apart.
_MARKERS = 'osD^vPX'
# Characters that fit below a panel.
_NOTE_WIDTH = 50


def draw_cost_chart(rows: Sequence) -> Figure:
    """Draw a panel for each share of the data: mAP over multiply-additions.

    The error bars are the sample standard deviation over the seeds; a model
    with one seed has none.

    Args:
        rows (Sequence): The rows of the table, each a
            :class:`~snreid_mm.results.Row`. Those without a result,
            or whose multiply-additions could not be counted, are named below
            their panel.

    Returns:
        Figure: The chart; :func:`~snreid_mm.utils.figures.save_figure` writes
        it.
    """
    fractions = sorted({row.fraction for row in rows}, reverse=True)
    figure = Figure(
        figsize=(4.2 * len(fractions) + 2.6, 4.6),
        dpi=150,
        layout='constrained')
    panels = figure.subplots(1, len(fractions), sharey=True, squeeze=False)[0]
    styles = {
        label: dict(color=f'C{i % 10}', marker=_MARKERS[i % len(_MARKERS)])
        for i, label in enumerate(dict.fromkeys(row.label for row in rows))
    }
    panels[0].set_ylabel('mAP on the test split, %')
    for axes, fraction in zip(panels, fractions):
        axes.set_title(f'{100 * fraction:g} % of the training actions')
        _draw_panel(axes, [row for row in rows if row.fraction == fraction],
                    styles)
    # One legend, of the models that stand in any panel.
    handles = {
        handle.get_label(): handle
        for axes in panels for handle in axes.containers
    }
    if handles:
        figure.legend(
            handles=[handles[label] for label in styles if label in handles],
            loc='outside right upper',
            frameon=False)
    return figure


def _draw_panel(axes: Axes, rows: Sequence, styles: Dict[str, dict]) -> None:
    drawn = [
        row for row in rows
        if row.mean('mAP') is not None and row.mean('test.macs')
    ]
    costs = [row.mean('test.macs') / 1e9 for row in drawn]
    for cost, row in zip(costs, drawn):
        axes.errorbar(
            cost,
            row.mean('mAP'),
            yerr=row.deviation('mAP'),
            linestyle='none',
            markersize=7,
            capsize=4,
            label=row.label,
            **styles[row.label])
    left_out = [row.label for row in rows if row not in drawn]
    label = 'multiply-additions for one image, G'
    if left_out:
        # Lines end between labels, not within one.
        named = '; '.join(each.replace(' ', '\N{NO-BREAK SPACE}')
                          for each in left_out)
        label += '\n' + fill(
            f'not shown: {named}',
            _NOTE_WIDTH,
            break_long_words=False,
            break_on_hyphens=False)
    axes.set_xlabel(label)
    axes.grid(color='0.9')
    axes.set_axisbelow(True)
    if not drawn:
        axes.set_xticks([])
        return
    axes.set_xscale('log')
    axes.set_xlim(min(costs) / 1.8, max(costs) * 1.8)
    axes.margins(y=.15)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter('{x:g}'))
    axes.xaxis.set_minor_formatter(NullFormatter())
