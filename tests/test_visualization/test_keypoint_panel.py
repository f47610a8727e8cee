import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from snreid_mm.visualization import PosedCrop, draw_keypoint_panel

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
GREY = 128
META = dict(
    keypoint_id2name={
        0: 'left_hip',
        1: 'right_hip',
        2: 'nose'
    },
    skeleton_links=[(0, 1)],
    keypoint_colors=np.array([GREEN, RED, BLUE]),
    skeleton_link_colors=np.array([BLUE]))


def crop(height=100, width=50, points=((10, 20), (40, 20), (25, 80)),
         scores=(1, 1, 1), **options):
    image = np.full((height, width, 3), GREY, np.uint8)
    return PosedCrop(image, np.float64(points), np.float64(scores), **options)


def draw(*crops, **options):
    """The figure, and the axes of its crops."""
    figure = draw_keypoint_panel(crops, META, **options)
    FigureCanvasAgg(figure).draw()
    return figure, figure.axes[:len(crops)]


def middle_of(figure, axes, colour):
    """The middle of all that has a colour, in the crop's pixels, or None."""
    picture = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    left, bottom, right, top = axes.get_window_extent().extents
    part = picture[round(len(picture) - top):round(len(picture) - bottom),
                   round(left):round(right)]
    there = (part == colour).all(axis=2)
    if not there.any():
        return None
    place = (np.argwhere(there).mean(axis=0)[::-1] + 0.5) / part.shape[1::-1]
    return place * (axes.get_xlim()[1], axes.get_ylim()[0])


def test_joints_are_where_they_are():
    figure, (axes, ) = draw(crop())
    for colour, point in ((GREEN, (10, 20)), (RED, (40, 20))):
        np.testing.assert_allclose(
            middle_of(figure, axes, colour), point, atol=.7)
    line, = axes.lines
    assert line.get_xydata().tolist() == [[10, 20], [40, 20]]
    assert line.get_color().tolist() == [0, 0, 1]


def test_low_scores_are_hollow_and_faint():
    figure, (low, high) = draw(
        crop(scores=(.2, .9, .9)), crop(scores=(.3, .9, .9)), score_thr=.3)
    discs, rings = low.collections
    assert discs.get_offsets().tolist() == [[40, 20], [25, 80]]
    assert rings.get_offsets().tolist() == [[10, 20]]
    assert len(rings.get_facecolor()) == 0
    assert to_rgb(rings.get_edgecolor()[0]) == (0, 1, 0)
    assert low.lines[0].get_alpha() < .5 and high.lines[0].get_alpha() == 1
    assert len(high.collections[0].get_offsets()) == 3
    # A ring's middle shows the image.
    assert middle_of(figure, high, GREEN) is not None


def test_the_truth_is_a_cross_and_what_is_unknown_is_not_drawn():
    truth = np.array([(25, 50), (45, 95), (5, 95)])
    _, (some, every) = draw(
        crop(truth=truth, truth_visible=(1, 0, 1)), crop(truth=truth))
    cross = some.collections[0]
    assert cross.get_offsets().tolist() == [[25, 50], [5, 95]]
    assert [to_rgb(c) for c in cross.get_edgecolor()] == [(0, 1, 0), (0, 0, 1)]
    # Without truth_visible all are known.
    assert len(every.collections[0].get_offsets()) == 3


def test_a_joint_that_is_nowhere_is_left_out():
    figure, (axes, ) = draw(
        crop(points=((np.nan, 20), (40, 20), (25, 80))))
    assert middle_of(figure, axes, GREEN) is None
    assert len(axes.lines) == 0  # nor is its link
    assert middle_of(figure, axes, RED) is not None


@pytest.mark.parametrize('height, width', [(20, 9), (800, 300), (1, 1),
                                           (24, 400)])
def test_crops_of_any_size_keep_their_proportions(height, width):
    points = np.array([(.1, .2), (2, -3), (.5, .8)]) * (width, height)
    _, (axes, ) = draw(crop(height, width, points))
    box = axes.get_window_extent()
    assert box.height / box.width == pytest.approx(height / width)
    # A joint outside of the crop does not make it smaller.
    assert axes.get_xlim() == (0, width) and axes.get_ylim() == (height, 0)


def test_a_panel_holds_all_crops_in_rows():
    few, _ = draw(crop(), heading='one')
    many, cells = draw(*[crop(caption='a\nb')] * 23)
    assert few.get_suptitle() == 'one'
    assert few.get_figwidth() == many.get_figwidth()
    assert many.get_figheight() > few.get_figheight()
    assert [axes.get_title() for axes in cells] == ['a\nb'] * 23
    assert all(len(axes.images) == 1 for axes in cells)
    assert not any(axes.images for axes in many.axes[23:])
    boxes = [axes.get_window_extent() for axes in cells]
    for one, other in zip(boxes, boxes[1:]):
        assert one.x1 < other.x0 or one.y0 > other.y1


@pytest.mark.parametrize('truth', [None, np.zeros((3, 2))])
def test_the_key_names_what_is_drawn(truth):
    figure, _ = draw(crop(), crop(truth=truth), score_thr=.25)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == [
        "the player's left", "the player's right", 'score of at least 0.25',
        'less'
    ] + ['truth'] * (truth is not None)


def test_mmposes_colours_tell_left_from_right():
    from mmpose.datasets import CocoDataset
    meta = CocoDataset._load_metainfo()
    points = np.random.default_rng(0).random((17, 2)) * (50, 100)
    figure = draw_keypoint_panel([crop(points=points, scores=np.ones(17))],
                                 meta)
    assert len(figure.axes[0].lines) == 19
    left, right, *_ = figure.legends[0].get_lines()
    discs = figure.axes[0].collections[0].get_facecolor()
    for i, name in list(meta['keypoint_id2name'].items())[5:]:
        side = left if name.startswith('left') else right
        np.testing.assert_allclose(side.get_color(), discs[i, :3])
