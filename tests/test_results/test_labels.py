import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from snreid_mm.results.labels import _bar_box, _text_box, place_labels


@pytest.fixture
def axes():
    figure = Figure(figsize=(5, 4), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 10)
    figure.draw_without_rendering()
    return axes


@pytest.mark.parametrize('points', [
    [(5, 5), (5, 5.1), (5.1, 5)],
    [(9.8, 9.8), (9.7, 9.7), (.1, .1)],
    [(x, 5 + x / 50) for x in range(1, 9)],
])
def test_labels_meet_nothing(axes, points):
    bars = [.2] * len(points)
    texts = [f'a long label {i}' for i in range(len(points))]
    place_labels(axes, points, texts, bars, ['C0'] * len(points))
    axes.figure.draw_without_rendering()
    renderer = axes.figure.canvas.get_renderer()
    labels = axes.findobj(Annotation)
    assert [label.get_text() for label in labels] != []
    boxes = [_text_box(label, renderer) for label in labels]
    inside = axes.get_window_extent(renderer)
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    for box in boxes:
        assert inside.x0 <= box.x0 and box.x1 <= inside.x1
        assert inside.y0 <= box.y0 and box.y1 <= inside.y1
        for point in points:
            assert not box.overlaps(_bar_box(axes, point, .2, 2))


def test_a_label_far_off_has_a_line(axes):
    points = [(5, 5)] * 6
    place_labels(axes, points, ['six of them'] * 6, [0] * 6, ['C0'] * 6)
    leads = [
        label.arrow_patch.get_visible() for label in axes.findobj(Annotation)
    ]
    assert leads[0] is False and any(leads)
