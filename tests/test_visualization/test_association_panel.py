import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from snreid_mm.visualization import Link, RankedImage, draw_associations


def _crops(count, height=80, width=30):
    return [
        RankedImage(np.full((height, width, 3), 9, np.uint8), f'crop {i}')
        for i in range(count)
    ]


def _draw(queries, gallery, links, **options):
    figure = draw_associations(
        _crops(queries), _crops(gallery), links, **options)
    FigureCanvasAgg(figure).draw()
    return figure, figure.axes[0]


LINKS = [
    Link(0, 3, .9, '90 %', True),
    Link(1, 0, .1, '10 %', False),
    Link(2, 1, .5, '50 %', None)
]


def test_lines_say_right_wrong_and_how_sure():
    figure, axes = _draw(3, 6, LINKS, key=[(.9, 'sure')])
    right, wrong, unknown = axes.lines
    assert not right.is_dashed() and wrong.is_dashed()
    assert not unknown.is_dashed()
    assert right.get_linewidth() > unknown.get_linewidth() > \
        wrong.get_linewidth() > 0
    red, green, _ = to_rgb(right.get_color())
    assert green > 2 * red
    texts = [text.get_text() for text in axes.texts]
    assert {'✓ 90 %', '✗ 10 %', '50 %'} <= set(texts)
    key = [text.get_text() for text in figure.legends[0].get_texts()]
    assert key == ['✓ right', '✗ wrong', 'matched', 'sure']


def test_a_line_joins_its_two_crops():
    _, axes = _draw(3, 6, LINKS)
    boxes = [image.get_extent() for image in axes.images]
    for line, link in zip(axes.lines, LINKS):
        (x0, y0), (x1, y1) = line.get_xydata()
        left, right, below, above = boxes[link.query]
        assert left < right <= x0 and above < y0 < below
        left, right, below, above = boxes[3 + link.crop]
        assert x1 <= left < right and above < y1 < below
        assert y0 == y1


@pytest.mark.parametrize('queries, gallery', [(1, 1), (1, 40), (21, 81),
                                              (4, 2)])
def test_nothing_lies_over_anything_else_or_outside(queries, gallery):
    links = [Link(i, i, .5) for i in range(min(queries, gallery))]
    figure, axes = _draw(queries, gallery, links, heading='a heading')
    assert len(axes.images) == queries + gallery
    boxes = [image.get_window_extent() for image in axes.images]
    whole = figure.bbox
    for i, one in enumerate(boxes):
        assert whole.x0 <= one.x0 and one.x1 <= whole.x1
        assert whole.y0 <= one.y0 and one.y1 <= whole.y1
        for other in boxes[:i]:
            assert one.x1 <= other.x0 or other.x1 <= one.x0 or \
                one.y1 <= other.y0 or other.y1 <= one.y0
    names = [t for t in axes.texts if t.get_text().startswith('crop')]
    assert len(names) == len(boxes)
    for name in names:
        box = name.get_window_extent()
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1
        assert whole.y0 <= box.y0


@pytest.mark.parametrize('height, width', [(20, 9), (30, 200), (1, 1)])
def test_crops_keep_their_proportions(height, width):
    figure = draw_associations(
        _crops(1, height, width), _crops(1, height, width), [])
    FigureCanvasAgg(figure).draw()
    for image in figure.axes[0].images:
        box = image.get_window_extent()
        assert box.height / box.width == pytest.approx(height / width)
