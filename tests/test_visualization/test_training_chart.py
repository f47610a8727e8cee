import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from snreid_mm.visualization import draw_training


def test_a_panel_for_each_quantity_and_a_line_for_each_run():
    loss = {
        'a': np.array([[50, 2.], [100, 1]]),
        'b': np.stack([np.arange(100), np.ones(100)], 1)
    }
    scores = {'b': np.array([[1, 30.]])}
    figure = draw_training({
        'loss': loss,
        'mAP': scores
    }, dict(loss='iteration', mAP='epoch'), 'a heading')
    FigureCanvasAgg(figure).draw()
    first, second = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ['loss', 'mAP']
    assert first.get_xlabel() == 'iteration'
    assert second.get_xlabel() == 'epoch'
    a, b = first.lines
    np.testing.assert_array_equal(a.get_xydata(), loss['a'])
    # Apart by the kind of line as well as the colour; b is the same in both.
    assert a.get_linestyle() != b.get_linestyle()
    assert second.lines[0].get_linestyle() == b.get_linestyle()
    assert second.lines[0].get_color() == b.get_color() != a.get_color()
    # A run's one point is seen; many points are a line alone.
    assert second.lines[0].get_marker() not in ('None', '', None)
    assert b.get_marker() == 'None'
    assert all(tick == round(tick) for tick in second.get_xticks())
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ['a', 'b']
