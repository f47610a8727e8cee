import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from snreid_mm.visualization import draw_activations


def _draw(stages, parts=None, size=(100, 50), **options):
    figure = draw_activations(
        np.full((*size, 3), 90, np.uint8), stages, parts, **options)
    FigureCanvasAgg(figure).draw()
    return figure


def _maps(figure):
    """The maps, by the first line of what is written above."""
    return {
        axes.get_title().split('\n')[0]: axes.images[-1]
        for axes in _cells(figure) if len(axes.images) == 2
    }


def _cells(figure):
    return [axes for part in figure.subfigs for axes in part.axes]


def test_each_stage_on_its_own_scale_and_parts_on_one():
    stages = {'a': np.array([[0., 4]]), 'b': np.array([[1.], [2]])}
    parts = {f'p{i}': np.full((2, 1), i / 10) for i in range(12)}
    figure = _draw(stages, parts, heading='a heading')
    maps = _maps(figure)
    assert list(maps) == ['a', 'b', *parts]
    assert maps['a'].get_clim() == (0, 4) and maps['b'].get_clim() == (1, 2)
    for name, values in parts.items():
        assert maps[name].get_clim() == (0, 1.1)
        np.testing.assert_array_equal(maps[name].get_array(), values)
    assert figure.get_suptitle() == 'a heading'
    assert '1 × 2\n0 to 4' in _cells(figure)[1].get_title()


@pytest.mark.parametrize('size', [(800, 300), (20, 9), (30, 200), (1, 1)])
def test_a_map_covers_its_crop_and_nothing_else(size):
    parts = {f'part {i}': np.ones((2, 1)) for i in range(3)}
    figure = _draw({'layer': np.zeros((4, 2))}, parts, size)
    boxes = []
    for axes in _cells(figure):
        if not axes.images:
            continue
        box = axes.images[-1].get_window_extent()
        assert box.height / box.width == pytest.approx(size[0] / size[1])
        if len(axes.images) == 2:
            crop = axes.images[0].get_window_extent()
            assert crop.bounds == pytest.approx(box.bounds)
        boxes.append(box)
    for i, one in enumerate(boxes):
        assert one.x0 >= 0 and one.y0 >= 0
        assert one.x1 <= figure.bbox.x1 and one.y1 <= figure.bbox.y1
        for other in boxes[:i]:
            assert one.x1 <= other.x0 or other.x1 <= one.x0 or \
                one.y1 <= other.y0 or other.y1 <= one.y0
