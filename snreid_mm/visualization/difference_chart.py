"""Differences between runs with their intervals, as a picture."""

from typing import Dict

import numpy as np
from matplotlib.figure import Figure

_LINES = ('solid', 'dotted', 'dashed')


def draw_differences(comparisons: Dict[str, dict], baseline: str,
                     confidence: float) -> Figure:
    """Draw the differences to the first run, over all queries and by group.

    A filled mark is a difference whose interval does not cover zero. A mark
    without a line comes from one action, which gives no interval.

    Args:
        comparisons (dict[str, dict]): By the name of each other run, what
            :func:`~snreid_mm.evaluation.functional.compare` returns.
        baseline (str): The name of the first run.
        confidence (float): The confidence of the intervals, for the title.

    Returns:
        Figure: The chart; :func:`~snreid_mm.utils.figures.save_figure` writes
        it.
    """
    runs = {name: _parts(each) for name, each in comparisons.items()}
    labels = list(next(iter(runs.values())))
    height = .26 * len(labels) * (1 + .45 * (len(runs) - 1)) + 1.7
    figure = Figure(figsize=(11, height), dpi=150, layout='constrained')
    figure.suptitle(
        f'Difference to {baseline} in percentage points, with '
        f'{100 * confidence:g} % intervals over the actions (filled: zero is '
        'outside)')
    panels = figure.subplots(1, 2, sharey=True)
    for axes, metric in zip(panels, ('mAP', 'rank-1')):
        axes.set_title(metric)
        axes.axvline(0, color='0.4', linewidth=1)
        axes.grid(axis='x', color='0.9')
        axes.set_axisbelow(True)
        for i, (name, parts) in enumerate(runs.items()):
            values = [part[metric] for part in parts.values()]
            # The runs' marks stand one below the other on each line.
            y = np.arange(len(labels)) + .6 * ((i + .5) / len(runs) - .5)
            # Not as error bars: an interval need not hold the value itself.
            low, high = (
                np.array([value[end] for value in values], float)
                for end in ('low', 'high'))
            # There are ten colours.
            axes.hlines(
                y,
                low,
                high,
                color=f'C{i}',
                linewidth=2,
                linestyles=_LINES[i // 10 % len(_LINES)],
                label=name)
            axes.scatter([value['difference'] for value in values],
                         y,
                         facecolors=[
                             'white' if value['covers_zero'] else f'C{i}'
                             for value in values
                         ],
                         edgecolors=f'C{i}',
                         zorder=2.5)
    panels[0].set_yticks(range(len(labels)), labels)
    panels[0].invert_yaxis()
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc='outside lower center',
        ncols=min(4, len(runs)),
        frameon=False)
    return figure


def _parts(comparison: dict) -> Dict[str, dict]:
    """Name what each line of the chart shows."""
    parts = {f'all queries ({comparison["queries"]})': comparison}
    for kind, groups in comparison['groups'].items():
        for name, group in groups.items():
            parts[f'{kind}: {name} ({group["queries"]})'] = group
    return parts
