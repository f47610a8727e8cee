"""Whether a model's probabilities can be believed, as a picture."""

from typing import Dict, Tuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import binomtest

from snreid_mm.evaluation.functional import Reliability

# The fewest answers of which a share of wrong ones is drawn.
_FEWEST = 20


def draw_calibration(reliabilities: Dict[str, Reliability],
                     risk: Tuple[np.ndarray, np.ndarray],
                     queries: int) -> Figure:
    """Draw reliability diagrams, and the errors among the most certain.

    The bars are 95 % intervals of Wilson: where one is long, few outcomes
    stand behind its mark.

    Args:
        reliabilities (dict[str, Reliability]): Three, by their titles.
        risk (tuple[np.ndarray, np.ndarray]): Coverage and risk, see
            :func:`~snreid_mm.evaluation.functional.risk_coverage`.
        queries (int): How many answers they are of. Of the first 20 nothing
            is drawn.

    Returns:
        Figure: The chart; :func:`~snreid_mm.utils.figures.save_figure` writes
        it.
    """
    figure = Figure(figsize=(8, 8), dpi=150, layout='constrained')
    *panels, last = figure.subplots(2, 2).flat
    for axes, (title, curve) in zip(panels, reliabilities.items()):
        _draw_reliability(axes, title, curve)
    coverage, share = risk
    drawn = coverage * queries >= min(_FEWEST, queries)
    last.plot(coverage[drawn], share[drawn], linewidth=1.8)
    last.set(
        title='First rank, most certain queries first',
        xlabel='share of the queries answered',
        ylabel='share of wrong answers')
    for axes in (*panels, last):
        # A mark at 0 or 1 is not cut.
        axes.set(xlim=(-.02, 1.02), ylim=(-.02, 1.02), aspect='equal')
        axes.grid(color='0.9')
        axes.set_axisbelow(True)
    return figure


def _draw_reliability(axes: Axes, title: str, curve: Reliability) -> None:
    hits = np.rint(curve.share * curve.count).astype(int)
    low, high = np.array([
        binomtest(hit, total).proportion_ci(method='wilson')
        for hit, total in zip(hits.tolist(), curve.count.tolist())
    ]).T
    axes.plot([0, 1], [0, 1], color='0.5', linewidth=1, linestyle='--')
    axes.vlines(curve.probability, low, high, linewidth=1.5)
    axes.plot(
        curve.probability, curve.share, linestyle='none', marker='o')
    axes.set(
        title=f'{title}\ncalibration error {curve.expected_error:.3f}, '
        f'{curve.count.sum()} cases',
        xlabel='probability',
        ylabel='share that came true')
