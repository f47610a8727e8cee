import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from snreid_mm.visualization import ExplainedCrop, draw_similarity


def _crop(positions, parts=None, constant=.1, size=(80, 40), **options):
    return ExplainedCrop(
        np.full((*size, 3), 90, np.uint8), 'a name', np.array(positions),
        constant, None if parts is None else np.array(parts), **options)


def _draw(first, second, **options):
    figure = draw_similarity((first, second), **options)
    FigureCanvasAgg(figure).draw()
    return figure


def _areas(axes):
    """The areas of the filled and of the hollow squares, by their middle."""
    found = []
    for collection in axes.collections:
        found.append({})
        for path in collection.get_paths():
            box = path.get_extents()
            middle = (box.y0 + box.y1) / 2, (box.x0 + box.x1) / 2
            found[-1][tuple(int(m) for m in middle)] = box.width * box.height
    return found


def test_what_is_covered_is_the_share():
    first = _crop([[.4, -.1], [.2, 0.]])
    second = _crop([[.1, .1], [.2, .1]])
    figure = _draw(first, second)
    assert len(figure.axes) == 4  # no bars without parts
    filled, hollow = _areas(figure.axes[1])
    assert filled == pytest.approx({(0, 0): 1, (1, 0): .5})
    assert hollow == pytest.approx({(0, 1): .25})
    # On the scale of the first.
    filled, hollow = _areas(figure.axes[3])
    assert filled[1, 0] == pytest.approx(.5) and hollow == {}
    assert 'sum +0.600' in figure.axes[1].get_title()
    assert 'sum +0.600' in figure.axes[3].get_title()


def test_bars_of_the_largest_parts():
    rng = np.random.default_rng(0)
    parts = rng.normal(size=(2, 30)) * .1
    parts[1, 17] = 3.
    figure = _draw(
        *(_crop([[p.sum()]], p, appearance=.5) for p in parts),
        part_names=[f'part {i}' for i in range(30)])
    bars = figure.axes[-1]
    labels = [label.get_text() for label in bars.get_yticklabels()]
    assert labels[0] == 'part 17'
    assert labels[-3:] == ['10 others', 'appearance alone', 'constant']
    widths = np.array([bar.get_width() for bar in bars.patches])
    first, second = widths.reshape(2, -1)
    assert first.sum() == pytest.approx(parts[0].sum() + .5 + .1)
    assert second.sum() == pytest.approx(parts[1].sum() + .5 + .1)
    assert second[0] == 3


def test_few_parts_keep_their_order():
    figure = _draw(*[_crop([[.3]], [.1, .2])] * 2, part_names=['up', 'down'])
    labels = [t.get_text() for t in figure.axes[-1].get_yticklabels()]
    assert labels == ['up', 'down', 'constant']


@pytest.mark.parametrize('size', [(400, 90), (20, 9), (30, 200)])
def test_crops_keep_their_proportions(size):
    figure = _draw(*[_crop(np.ones((6, 3)), size=size)] * 2)
    for axes in figure.axes[:4]:
        box = axes.get_window_extent()
        assert box.height / box.width == pytest.approx(size[0] / size[1])


def test_nothing_alike_is_a_picture_too():
    figure = _draw(*[_crop(np.zeros((2, 2)), constant=0.)] * 2)
    assert _areas(figure.axes[1]) == [{}, {}]
