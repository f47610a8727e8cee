import numpy as np
import pytest

from snreid_mm.evaluation.functional import Reliability, risk_coverage
from snreid_mm.visualization import draw_calibration


@pytest.fixture
def panels():
    curve = Reliability(
        np.array([.1, .8]), np.array([0., .75]), np.array([50, 4]))
    confidence = np.linspace(1, 0, 40)
    figure = draw_calibration(dict.fromkeys('abc', curve),
                              risk_coverage(confidence, confidence > .5), 40)
    figure.canvas.draw()
    return figure.axes


def test_each_bin_is_a_mark_with_an_interval(panels):
    assert len(panels) == 4
    for axes in panels[:3]:
        assert 'error 0.096, 54 cases' in axes.get_title()
        assert axes.lines[-1].get_xydata().tolist() == [[.1, 0], [.8, .75]]
        few, many = (np.ptp(bar[:, 1])
                     for bar in axes.collections[0].get_segments()[::-1])
        assert 0 < many < .1 < .5 < few < 1
    assert panels[0].get_title().startswith('a\n')


def test_the_first_answers_are_not_drawn(panels):
    coverage, risk = panels[3].lines[0].get_xydata().T
    assert coverage[0] == .5 and coverage[-1] == 1
    assert risk[0] == 0 and risk[-1] == .5
