import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.offsetbox import AnnotationBbox

from snreid_mm.visualization import EmbeddedCrop, draw_embeddings


def _crop(x, y, size=(80, 30), **options):
    return EmbeddedCrop(
        np.full((*size, 3), 9, np.uint8), np.array([x, y]), **options)


CROPS = [
    _crop(0, 0, name='Q1', query=1, is_query=True),
    _crop(5, 5, name='Q2', query=2, is_query=True),
    _crop(1, 3, name='Q1', query=1),
    _crop(2, 1, (20, 200)),
]


def _draw(crops):
    figure = draw_embeddings(crops, ('x', 'y'), 'a heading')
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    boxes = {
        tuple(box.xy): box
        for box in axes.artists if isinstance(box, AnnotationBbox)
    }
    return figure, axes, boxes


def test_crops_lie_where_their_embeddings_do():
    figure, axes, boxes = _draw(CROPS)
    assert set(boxes) == {tuple(crop.place) for crop in CROPS}
    for place, box in boxes.items():
        window = box.get_window_extent()
        middle = np.array([window.x0 + window.x1, window.y0 + window.y1]) / 2
        np.testing.assert_allclose(
            middle, axes.transData.transform(place), atol=2)
        assert figure.bbox.x0 <= window.x0 and window.x1 <= figure.bbox.x1
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('x', 'y')


def test_a_person_is_joined_to_its_query_alone():
    _, axes, boxes = _draw(CROPS)
    line, = axes.lines
    assert line.get_xydata().tolist() == [[0, 0], [1, 3]]
    assert {text.get_text() for text in axes.texts} == {'Q1', 'Q2', ''}
    query, match, other = (
        boxes[place].patch.get_linewidth()
        for place in ((0, 0), (1, 3), (2, 1)))
    assert query > match > other
    assert boxes[0, 0].get_zorder() > boxes[1, 3].get_zorder()


def test_without_truth_nobody_is_joined():
    figure, axes, _ = _draw([CROPS[0], CROPS[3]])
    assert len(axes.lines) == 0
    assert [text.get_text() for text in figure.legends[0].get_texts()
            ] == ['query', 'other gallery crop']
