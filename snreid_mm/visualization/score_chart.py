"""Rank-k of runs, and their mAP by groups of queries, as a picture."""

from typing import Dict, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# A line or hatch as well as a colour for each run.
_LINES = ('-', '--', '-.', ':')
_HATCHES = ('', '////', '....', 'xxxx')
_MARKERS = 'osD^vPX'


def draw_scores(cmc: Dict[str, np.ndarray],
                groups: Dict[str, Dict[str, Dict[str, dict]]],
                chance: np.ndarray,
                heading: str = '') -> Figure:
    """Draw the curves of rank-k, and bars of mAP by group.

    Args:
        cmc (dict[str, np.ndarray]): By run, rank-1 to rank-K in per cent,
            shape (K, ).
        groups (dict[str, dict]): By kind of group, such as ``'role'``, and
            run, what
            :func:`~snreid_mm.evaluation.functional.breakdown` gives: for each
            group ``'mAP'`` and ``'queries'``.
        chance (np.ndarray): Rank-1 to rank-K of a random order, shape (K, ).
        heading (str): A line at the top. Defaults to ''.

    Returns:
        Figure: The picture; :func:`~snreid_mm.utils.figures.save_figure`
        writes it.
    """
    sizes = [len(next(iter(runs.values()))) for runs in groups.values()]
    height = max(5., .5 + sum(.5 + size * (.22 * len(cmc) + .18)
                              for size in sizes))
    figure = Figure(figsize=(11, height), dpi=130, layout='constrained')
    figure.suptitle(heading, fontsize='medium', weight='bold', wrap=True)
    left, right = figure.subfigures(1, 2)
    _draw_cmc(left.subplots(), cmc, chance)
    panels = np.atleast_1d(
        right.subplots(
            max(len(groups), 1), 1, sharex=True, height_ratios=sizes or [1]))
    for axes, (kind, runs) in zip(panels, groups.items()):
        _draw_groups(axes, kind, runs)
    if groups:
        panels[-1].set_xlabel('mAP, %')
    else:
        panels[0].axis('off')
    figure.legend(
        *left.axes[0].get_legend_handles_labels(),
        loc='outside lower center',
        ncols=min(4, len(cmc) + 1),
        frameon=False)
    return figure


def _draw_cmc(axes: Axes, cmc: Dict[str, np.ndarray],
              chance: np.ndarray) -> None:
    ranks = np.arange(1, len(chance) + 1)
    for i, (name, curve) in enumerate(cmc.items()):
        axes.plot(
            ranks,
            curve,
            color=f'C{i % 10}',
            linestyle=_LINES[i % len(_LINES)],
            marker=_MARKERS[i % len(_MARKERS)],
            markersize=4,
            label=name)
    axes.plot(ranks, chance, color='0.5', linewidth=1, label='chance')
    axes.set(
        title='Rank-k (CMC)',
        xlabel='k',
        ylabel='queries whose person is among the first k, %',
        ylim=(0, 102),
        xlim=(.5, len(ranks) + .5))
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.grid(color='0.9')
    axes.set_axisbelow(True)


def _draw_groups(axes: Axes, kind: str, runs: Dict[str, Dict[str,
                                                             dict]]) -> None:
    labels: Sequence[str] = ()
    for i, groups in enumerate(runs.values()):
        labels = [
            f'{name.replace("_", " ")} ({group["queries"]})'
            for name, group in groups.items()
        ]
        y = np.arange(len(groups)) + .8 * ((i + .5) / len(runs) - .5)
        bars = axes.barh(
            y, [group['mAP'] for group in groups.values()],
            height=.8 / len(runs),
            color=f'C{i % 10}',
            hatch=_HATCHES[i % len(_HATCHES)],
            edgecolor='white',
            linewidth=.5)
        axes.bar_label(bars, fmt='%.1f', padding=2, fontsize='x-small')
    axes.set_yticks(range(len(labels)), labels, fontsize='small')
    axes.set_ylim(len(labels) - .5, -.5)
    axes.margins(x=.12)
    axes.set_title(f'mAP by {kind} (queries)', fontsize='medium')
    axes.grid(axis='x', color='0.9')
    axes.set_axisbelow(True)
