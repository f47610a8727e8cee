import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from snreid_mm.visualization import RankedImage, draw_rankings

NAME = '54404-1940-33397-5089-Player_team_right-9-014r002_00858c3b0003-775x449'


def _crop(height=80, width=30, value=0, name=NAME + '.png', correct=None):
    return RankedImage(
        np.full((height, width, 3), value, np.uint8), name, correct)


def _cells(figure):
    """The axes of each ranking: its query, then the ranks."""
    figure.draw_without_rendering()
    return [row.axes for row in figure.subfigs]


def _pixels(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _frame(axes):
    colours = {to_rgb(spine.get_edgecolor())
               for spine in axes.spines.values()}
    assert len(colours) == 1
    return colours.pop()


def test_frames_and_signs_tell_right_from_wrong_and_best_first():
    gallery = [_crop(correct=c) for c in (False, True, None)]
    cells, = _cells(draw_rankings([('a', _crop(), gallery)], 4))
    assert [axes.get_title() for axes in cells[:4]] == [
        'Query', '1 ✗', '2 ✓', '3 '
    ]
    query, wrong, right, unknown = map(_frame, cells[:4])
    assert wrong[0] > 2 * wrong[1] and right[1] > 2 * right[0]  # red, green
    assert query[2] > 2 * query[0]  # blue
    assert len(set(unknown)) == 1
    assert len(cells) == 5 and not cells[4].axison


@pytest.mark.parametrize('height, width', [(800, 300), (20, 9), (30, 200),
                                           (400, 3), (1, 1)])
def test_crops_of_any_size_keep_their_proportions(height, width):
    rows = [('', _crop(), [_crop(height, width)])]
    (first, second), = _cells(draw_rankings(rows, 1))
    # One pixel is as wide as it is high, and the whole crop is in its cell.
    one, other = second.transData.transform([(0, 0), (1, 1)])
    assert abs(other - one)[0] == pytest.approx(abs(other - one)[1])
    cell = second.get_window_extent()
    image = second.images[0].get_window_extent()
    assert image.height <= cell.height + 1 and image.width <= cell.width + 1
    assert first.get_window_extent().size == pytest.approx(cell.size, abs=1)


def test_colours_come_out_as_they_went_in():
    crop = RankedImage(np.full((200, 100, 3), (200, 100, 50), np.uint8))
    pixels = _pixels(draw_rankings([('', crop, [])], 0))
    assert (pixels == (50, 100, 200)).all(axis=2).sum() > 10000


def test_a_long_name_is_wrapped_whole_and_reaches_no_neighbour():
    for name in (NAME + '.png', 'W' * 40):
        rows = [('', _crop(name=name), [_crop(name=name)])]
        cells, = _cells(draw_rankings(rows, 1))
        boxes = [axes.xaxis.label.get_window_extent() for axes in cells]
        for axes in cells:
            assert axes.get_xlabel().replace('\n', '') == name
        assert boxes[0].x0 >= 0 and boxes[0].x1 < boxes[1].x0
        assert boxes[0].y0 >= 0


def test_rankings_stand_below_each_other_under_a_heading():
    rows = [('title a', _crop(), [_crop()]), ('title b', _crop(), [_crop()])]
    figure = draw_rankings(rows, 3, 'a heading')
    assert figure.get_suptitle() == 'a heading'
    assert [row.get_suptitle() for row in figure.subfigs] == [
        'title a', 'title b'
    ]
    (first, *_), (second, *_) = _cells(figure)
    first, second = first.get_window_extent(), second.get_window_extent()
    assert first.y0 > second.y1 and first.x0 == pytest.approx(second.x0)
