import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from snreid_mm.visualization import draw_scores

CHANCE = np.array([10., 20, 30])


def _draw(runs, groups):
    cmc = {name: CHANCE + 10 * i for i, name in enumerate(runs, 1)}
    figure = draw_scores(cmc, groups, CHANCE, 'a heading')
    FigureCanvasAgg(figure).draw()
    left, right = figure.subfigs
    return figure, left.axes[0], right.axes


@pytest.mark.parametrize('runs', ['a', 'abc'])
def test_curves_and_bars(runs):
    roles = {
        name: {
            'Player_left': dict(mAP=40. + i, queries=7),
            'Keeper': dict(mAP=60. + i, queries=2)
        }
        for i, name in enumerate(runs)
    }
    figure, curves, (bars, ) = _draw(runs, dict(role=roles))
    for i, line in enumerate(curves.lines[:-1], 1):
        assert line.get_xydata().tolist() == [[k + 1, CHANCE[k] + 10 * i]
                                              for k in range(3)]
    assert curves.lines[-1].get_ydata().tolist() == CHANCE.tolist()
    styles = {(line.get_linestyle(), line.get_color(), line.get_marker())
              for line in curves.lines}
    assert len(styles) == len(runs) + 1
    widths = [bar.get_width() for bar in bars.patches]
    assert widths == [v + i for i in range(len(runs)) for v in (40., 60.)]
    labels = [text.get_text() for text in bars.get_yticklabels()]
    assert labels == ['Player left (7)', 'Keeper (2)']
    assert [t.get_text() for t in figure.legends[0].get_texts()
            ] == [*runs, 'chance']


def test_a_truth_without_groups():
    _, curves, others = _draw('a', {})
    assert len(curves.lines) == 2
    assert not any(axes.axison for axes in others)
