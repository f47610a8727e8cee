import numpy as np
import pytest

from snreid_mm.visualization import (PosedCrop, Skeleton, draw_keypoint_panel,
                                     draw_keypoints)
from snreid_mm.visualization import keypoint_panel

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)  # RGB
GREY = 128
SKELETON = Skeleton(
    names=['left_hip', 'right_hip', 'nose'],
    links=np.array([(0, 1)]),
    joint_colours=np.array([GREEN, RED, BLUE]),
    link_colours=np.array([BLUE]))


def crop(height=100, width=50, points=((10, 20), (40, 20), (25, 80)),
         scores=(1, 1, 1), **options):
    image = np.full((height, width, 3), GREY, np.uint8)
    return PosedCrop(image, np.float64(points), np.float64(scores), **options)


def middle_of(picture, colour):
    """The middle of all that has a colour, in pixels, or None."""
    there = (picture == colour[::-1]).all(axis=2)
    if not there.any():
        return None
    return np.argwhere(there).mean(axis=0)[::-1] + 0.5


def test_joints_are_where_they_are():
    picture = draw_keypoints(crop(), SKELETON, height=300)
    assert picture.shape == (300, 150, 3) and picture.dtype == np.uint8
    np.testing.assert_allclose(middle_of(picture, GREEN), (30, 60), atol=0.6)
    np.testing.assert_allclose(middle_of(picture, RED), (120, 60), atol=0.6)
    # The third joint, and the link between the first two.
    assert tuple(picture[240, 75]) == tuple(picture[60, 75]) == BLUE[::-1]
    assert (picture[150:220] == GREY).all()


def test_the_crop_itself_is_not_drawn_on():
    each = crop()
    before = each.image.copy(), each.keypoints.copy()
    draw_keypoints(each, SKELETON, height=100)
    np.testing.assert_array_equal(each.image, before[0])
    np.testing.assert_array_equal(each.keypoints, before[1])


def test_low_scores_are_hollow_and_faint():
    low = draw_keypoints(crop(scores=(.2, .9, .9)), SKELETON, score_thr=.3)
    # A ring: its middle shows the image, its colour is around it.
    assert tuple(low[60, 30]) != GREEN[::-1]
    np.testing.assert_allclose(middle_of(low, GREEN), (30, 60), atol=1)
    assert tuple(low[60, 120]) == RED[::-1]
    # The link is there, but faint.
    link = low[60, 75].astype(int)
    assert link[0] > GREY + 20 and link[2] < GREY - 20
    assert tuple(link) != BLUE[::-1]
    high = draw_keypoints(crop(scores=(.2, .9, .9)), SKELETON, score_thr=.2)
    assert tuple(high[60, 30]) == GREEN[::-1]
    assert tuple(high[60, 75]) == BLUE[::-1]


def test_the_truth_is_a_cross_and_what_is_unknown_is_not_drawn():
    far = np.full((3, 2), -50.)
    truth = np.array([(25, 50), (45, 95), (5, 95)])
    picture = draw_keypoints(
        crop(points=far, truth=truth, truth_visible=(1, 0, 1)), SKELETON)
    np.testing.assert_allclose(middle_of(picture, GREEN), (75, 150), atol=1)
    assert middle_of(picture, RED) is None
    np.testing.assert_allclose(middle_of(picture, BLUE), (15, 285), atol=1)
    # Without truth_visible all are known.
    picture = draw_keypoints(crop(points=far, truth=truth), SKELETON)
    assert middle_of(picture, RED) is not None


def test_a_joint_that_is_nowhere_is_left_out():
    picture = draw_keypoints(
        crop(points=((np.nan, 20), (40, 20), (25, 80))), SKELETON)
    assert middle_of(picture, GREEN) is None
    assert (picture[60, 75] == GREY).all()  # nor is its link
    assert middle_of(picture, RED) is not None


@pytest.mark.parametrize('height, width', [(20, 9), (800, 300), (1, 1),
                                           (24, 400)])
def test_crops_of_any_size(height, width):
    points = np.array([(.1, .2), (.8, .2), (.5, .8)]) * (width, height)
    picture = draw_keypoints(crop(height, width, points), SKELETON)
    room = keypoint_panel.PANEL_WIDTH - 2 * keypoint_panel.MARGIN
    assert picture.shape[0] == keypoint_panel.CROP_HEIGHT or \
        picture.shape[1] == room
    assert picture.shape[0] / picture.shape[1] == pytest.approx(
        height / width, rel=.05)


def test_a_panel_holds_all_crops_in_rows():
    few = draw_keypoint_panel([crop(caption=('a', 'b'))] * 2, SKELETON, 'one')
    many = draw_keypoint_panel([crop(caption=('a', 'b'))] * 20, SKELETON,
                               'one')
    assert few.shape[1] == many.shape[1] == keypoint_panel.PANEL_WIDTH
    cell = 150 + keypoint_panel.GAP
    columns = (keypoint_panel.PANEL_WIDTH - 2 * keypoint_panel.MARGIN +
               keypoint_panel.GAP) // cell
    rows = -(-20 // columns)
    row = 300 + 4 + 2 * keypoint_panel.LINE + keypoint_panel.GAP
    assert rows > 1 and len(many) - len(few) == (rows - 1) * row
    # As many crops as were given: each has the one pixel of red at its place.
    drawn = draw_keypoints(crop(), SKELETON)
    count = 0
    for top in range(len(many) - rows * row, len(many), row):
        for column in range(columns):
            left = keypoint_panel.MARGIN + column * cell
            part = many[top:top + 300, left:left + 150]
            count += part.shape == drawn.shape and (part == drawn).all()
    assert count == 20
    assert len(draw_keypoint_panel([crop()], SKELETON)) < len(
        draw_keypoint_panel([crop()], SKELETON, 'a heading'))


def test_a_caption_wider_than_its_crop_stays_clear_of_the_next():
    narrow = crop(100, 4, caption=('W' * 12, ), points=np.zeros((3, 2)))
    panel = draw_keypoint_panel([narrow] * 3, SKELETON)
    ink = (panel[-keypoint_panel.LINE - keypoint_panel.GAP:] < 200).any(
        axis=(0, 2))
    starts = np.flatnonzero(ink & ~np.roll(ink, 1))
    gaps = [
        gap for gap in np.diff(np.flatnonzero(ink))
        if gap >= keypoint_panel.GAP
    ]
    assert len(gaps) == 2 and starts[0] >= keypoint_panel.MARGIN


def test_mmposes_colours_tell_left_from_right():
    from mmpose.datasets import CocoDataset
    skeleton = Skeleton.from_dataset_meta(CocoDataset._load_metainfo())
    assert len(skeleton.names) == 17 and skeleton.names[5] == 'left_shoulder'
    assert skeleton.links.shape == (19, 2)
    assert skeleton.joint_colours.shape == (17, 3)
    assert skeleton.link_colours.shape == (19, 3)
    legend = dict(skeleton.legend())
    assert legend == dict(left=(0, 255, 0), right=(255, 128, 0))
    for name, colour in zip(skeleton.names[5:], skeleton.joint_colours[5:]):
        assert legend[name.split('_')[0]] == tuple(colour)
    assert Skeleton(['nose'], np.zeros((0, 2), int), np.array([BLUE]),
                    np.zeros((0, 3))).legend() == []


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="scores of 'x.png' must be of shape"):
        crop(scores=(1, 2), name='x.png')
    with pytest.raises(ValueError, match="truth of '' must be of shape"):
        crop(truth=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="'x.png' must be uint8"):
        PosedCrop(None, np.zeros((3, 2)), np.zeros(3), name='x.png')
