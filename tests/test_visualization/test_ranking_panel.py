import numpy as np
import pytest
from matplotlib import get_data_path
from PIL import ImageFont

from snreid_mm.visualization import (RankedImage, draw_panel, draw_ranking,
                                     panel_width)
from snreid_mm.visualization import ranking_panel

RIGHT, WRONG, UNKNOWN, QUERY = (
    getattr(ranking_panel, name)[::-1]  # BGR
    for name in ('_RIGHT', '_WRONG', '_UNKNOWN', '_QUERY'))
NAME = '54404-1940-33397-5089-Player_team_right-9-014r002_00858c3b0003-775x449'


def _crop(height=80, width=30, value=0, name=NAME + '.png', correct=None):
    return RankedImage(
        np.full((height, width, 3), value, np.uint8), name, correct)


def _columns_of(picture, colour):
    """Where each cell with a frame of this colour begins."""
    there = (picture == np.array(colour)).all(axis=2)
    # A frame's edge is a long upright run.
    tall = there.sum(axis=0) > ranking_panel.CELL_HEIGHT
    return np.flatnonzero(tall & ~np.roll(tall, 1)).tolist()


def test_frames_tell_right_from_wrong_and_best_first():
    gallery = [_crop(correct=c) for c in (False, True, None, False)]
    picture = draw_ranking(_crop(), gallery)
    assert picture.dtype == np.uint8 and picture.flags.c_contiguous
    assert picture.shape[1] == panel_width(4)
    frame = ranking_panel.FRAME
    lefts = [ranking_panel._cell_left(i) - frame for i in range(-1, 4)]
    assert _columns_of(picture, QUERY)[0] == lefts[0]
    assert _columns_of(picture, RIGHT)[0] == lefts[2]
    assert _columns_of(picture, UNKNOWN)[0] == lefts[3]
    wrong = _columns_of(picture, WRONG)
    assert lefts[1] in wrong and lefts[4] in wrong
    # Rows of one panel line up.
    np.testing.assert_array_equal(np.diff(lefts[1:]), lefts[2] - lefts[1])


@pytest.mark.parametrize('height, width', [(800, 300), (20, 9), (30, 200),
                                           (400, 3), (1, 1)])
def test_crops_of_any_size_keep_their_proportions(height, width):
    picture = draw_ranking(
        _crop(height, width, value=7), [], title='', columns=0)
    rows, columns = np.nonzero((picture == 7).all(axis=2))
    box = (np.ptp(rows) + 1, np.ptp(columns) + 1)
    cell = ranking_panel.CELL_HEIGHT, ranking_panel.CELL_WIDTH
    assert box[0] == cell[0] or box[1] == cell[1]
    assert box[0] <= cell[0] and box[1] <= cell[1]
    assert box[0] / box[1] == pytest.approx(height / width, rel=.3)


def test_colours_come_out_as_they_went_in():
    crop = RankedImage(np.full((208, 104, 3), (200, 100, 50), np.uint8))
    picture = draw_ranking(crop, [])
    assert (picture == (200, 100, 50)).all(axis=2).sum() == 208 * 104


def test_a_long_name_is_wrapped_whole_and_fits():
    lines = ranking_panel._wrap_name(NAME + '.png')
    assert ''.join(lines) == NAME + '.png'
    assert len(lines) >= 4
    font = ImageFont.truetype(
        f'{get_data_path()}/fonts/ttf/DejaVuSans.ttf',
        ranking_panel.NAME_SIZE)
    assert max(map(font.getlength, lines)) <= ranking_panel.CELL_WIDTH
    # Where there is no dash, any place will do.
    lines = ranking_panel._wrap_name('W' * 40)
    assert ''.join(lines) == 'W' * 40 and len(lines) > 1
    assert ranking_panel._wrap_name('') == []
    # A longer name makes the row higher and nothing else.
    short = draw_ranking(_crop(name='a.png'), [])
    long = draw_ranking(_crop(), [])
    assert long.shape[0] > short.shape[0]
    assert long.shape[1] == short.shape[1]


def test_no_text_reaches_the_neighbour_or_the_edge():
    gallery = [_crop(correct=False, value=128) for _ in range(3)]
    picture = draw_ranking(_crop(value=128), gallery, 'word ' * 60)
    ink = (picture < 200).all(axis=2)
    below = ink[-4 * ranking_panel.LINE:]
    for column in range(-1, 2):
        gap = slice(
            ranking_panel._cell_left(column) + ranking_panel.CELL_WIDTH +
            ranking_panel.FRAME,
            ranking_panel._cell_left(column + 1) - ranking_panel.FRAME)
        assert not below[:, gap].any()
    assert below.any()
    edge = ranking_panel.MARGIN
    assert not ink[:, :edge].any() and not ink[:, -edge:].any()


def test_a_title_is_wrapped_and_nothing_of_it_lost():
    text = 'Query 3  ·  action 0  ·  AP 9.1 %'
    lines = ranking_panel.wrap_title(text, panel_width(0) + 20)
    assert len(lines) > 1
    assert ' '.join(lines).split() == text.split()
    one = draw_ranking(_crop(), [], 'short')
    none = draw_ranking(_crop(), [])
    assert one.shape[0] == none.shape[0] + ranking_panel.TITLE_LINE


def test_rows_are_stacked_under_one_header():
    rows = [
        draw_ranking(_crop(), [_crop(correct=True)], 'a', columns=3),
        draw_ranking(_crop(), [_crop()] * 3, 'b', columns=3)
    ]
    panel = draw_panel(rows, 3, 'a heading')
    assert panel.shape[1] == panel_width(3)
    assert panel.shape[0] > sum(row.shape[0] for row in rows)
    for row in rows:
        # Each row is there, unchanged.
        assert any((panel[top:top + len(row)] == row).all()
                   for top in range(len(panel) - len(row) + 1))
    assert len(panel) > len(draw_panel(rows, 3))


def test_what_does_not_fit_is_refused():
    row = draw_ranking(_crop(), [_crop()])
    with pytest.raises(ValueError, match='dimensions'):
        draw_panel([row], 2)
    with pytest.raises(ValueError, match='2 gallery crops .* 1 columns'):
        draw_ranking(_crop(), [_crop()] * 2, columns=1)


@pytest.mark.parametrize('image', [
    np.zeros((3, 3), np.uint8),
    np.zeros((3, 3, 3), np.float32),
    np.zeros((0, 3, 3), np.uint8), None
])
def test_what_is_no_image_is_refused(image):
    with pytest.raises(ValueError, match="'x.png' must be uint8"):
        RankedImage(image, 'x.png')
