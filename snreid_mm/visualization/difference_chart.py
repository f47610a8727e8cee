"""Differences between runs with their intervals, as a picture."""

from pathlib import Path
from typing import Dict, List, Tuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from snreid_mm.utils.figures import save_figure

_METRICS = ('mAP', 'rank-1')


def draw_differences(comparisons: Dict[str, dict], baseline: str,
                     confidence: float, path: Path) -> None:
    """Draw the differences to the first run, over all queries and by group.

    A filled mark is a difference whose interval does not cover zero. A mark
    without a line comes from one action, which gives no interval.

    Args:
        comparisons (dict[str, dict]): By the name of each other run, what
            :func:`~snreid_mm.evaluation.functional.compare` returns.
        baseline (str): The name of the first run.
        confidence (float): The confidence of the intervals, for the title.
        path (Path): Where to write, a ``.png``.
    """
    lines = _lines(next(iter(comparisons.values())))
    height = .26 * len(lines) * (1 + .45 * (len(comparisons) - 1)) + 1.7
    figure = Figure(figsize=(11, height), dpi=150, layout='constrained')
    FigureCanvasAgg(figure)
    figure.suptitle(
        f'Difference to {baseline} in percentage points, with '
        f'{100 * confidence:g} % intervals over the actions (filled: zero is '
        'outside)')
    panels = figure.subplots(1, len(_METRICS), sharey=True)
    for axes, metric in zip(panels, _METRICS):
        axes.set_title(metric)
        axes.axvline(0, color='0.4', linewidth=1)
        axes.grid(axis='x', color='0.9')
        axes.set_axisbelow(True)
        for i, (name, comparison) in enumerate(comparisons.items()):
            # The runs' marks stand one below the other on each line.
            shift = (i - (len(comparisons) - 1) / 2) * .6 / len(comparisons)
            _draw_run(axes, name, comparison, metric, lines, shift, f'C{i}')
    panels[0].set_yticks(range(len(lines)), [line[0] for line in lines])
    panels[0].invert_yaxis()
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc='outside lower center',
        ncols=min(4, len(comparisons)),
        frameon=False)
    save_figure(figure, path)


def _lines(comparison: dict) -> List[Tuple[str, tuple]]:
    """What each line of the chart shows: its text, and the way to it."""
    lines = [(f'all queries ({comparison["queries"]})', ())]
    for kind, groups in comparison['groups'].items():
        lines += [(f'{kind}: {name} ({group["queries"]})', (kind, name))
                  for name, group in groups.items()]
    return lines


def _draw_run(axes, name: str, comparison: dict, metric: str, lines: list,
              shift: float, colour: str) -> None:
    for i, (_, way) in enumerate(lines):
        part = comparison
        if way:
            part = comparison['groups'][way[0]][way[1]]
        value = part[metric]
        if value['low'] is not None:
            # Not as error bars: an interval need not hold the value itself.
            axes.plot([value['low'], value['high']], [i + shift] * 2,
                      color=colour, linewidth=2, solid_capstyle='butt')
        axes.plot(
            value['difference'],
            i + shift,
            'o',
            color=colour,
            markerfacecolor='white' if value['covers_zero'] else colour)
    axes.plot([], [], color=colour, linewidth=2, label=name)
