import dataclasses

import numpy as np
import pytest

from snreid_mm.pitch.body import Part, build_body
from snreid_mm.pitch.camera import look_at
from snreid_mm.pitch.painter import Canvas, Light, paint_body
from snreid_mm.pitch.pose import ANGLES, Pose, pose_joints
from snreid_mm.pitch.squad import draw_match

LIGHT = Light(np.array((0., 0., 1.)), 0.5)
PERSON = dataclasses.replace(
    draw_match(np.random.default_rng(3)).people[1],
    hair_style='short',
    long_sleeves=False,
    leggings=None,
    height=1.8,
    build=1.)
STANDING = Pose('stand', {**dict.fromkeys(ANGLES, 0.), 'out_l': 12.,
                          'out_r': 12.})


def paint(person=PERSON, heading=-90., position=(0., 0.), canvas=None,
          owner=0):
    """A person seen by a camera at negative y; heading -90 faces it."""
    canvas = canvas or Canvas(120, 220)
    camera = look_at((0, -30, 1), (0, 0, 0.95), focal=3200).crop(
        960 - 60, 540 - 110, 1)
    skeleton = pose_joints(STANDING, person.height, position, heading)
    paint_body(canvas, build_body(person, skeleton), camera, LIGHT, owner)
    return canvas, camera, skeleton


def test_a_body_has_the_size_that_the_camera_gives_it():
    canvas, _, _ = paint()
    rows, columns = np.nonzero(canvas.owner == 0)
    height = rows.max() - rows.min()
    assert height == pytest.approx(1.8 * 3200 / 30, rel=0.05)
    # Twice as tall as wide at least, and filled.
    assert columns.max() - columns.min() < height / 2
    assert np.isfinite(canvas.depth[canvas.owner == 0]).all()
    assert canvas.depth[canvas.owner == 0].min() > 29
    assert np.isinf(canvas.depth[canvas.owner == -1]).all()


def test_the_nearer_body_hides_the_other_whatever_the_order():
    images = []
    for order in ((0, 1), (1, 0)):
        canvas = None
        for who in order:
            canvas, _, _ = paint(
                position=(0, 0 if who == 0 else 2), canvas=canvas, owner=who)
        images.append(canvas)
    np.testing.assert_array_equal(images[0].owner, images[1].owner)
    assert images[0].owner[110, 60] == 0


def test_the_number_shows_on_the_side_that_faces_the_camera():
    back = paint(heading=90)[0].number.sum()
    front = paint(heading=-90)[0].number.sum()
    side = paint(heading=0)[0].number.sum()
    assert back > 3 * front > 0
    assert side < 0.3 * back
    plain = dataclasses.replace(PERSON, number_mask=None)
    assert paint(plain, heading=90)[0].number.sum() == 0


def test_the_number_is_not_mirrored():
    from snreid_mm.pitch.kit import number_mask
    person = dataclasses.replace(PERSON, number_mask=number_mask(17))
    for heading in (90, -90):
        number = paint(person, heading=heading)[0].number
        rows, columns = np.nonzero(number)
        patch = number[rows.min():rows.max() + 1,
                       columns.min():columns.max() + 1]
        half = patch.shape[1] // 2
        # The upright of the 1 is on the reader's left, and lower down the 7
        # leans to the left: its top right corner is ink.
        top = patch[:max(patch.shape[0] // 5, 1)]
        assert top[:, half:].sum() > top[:, :half].sum()


def test_clothes_have_their_colours():
    canvas, camera, skeleton = paint()

    def colour_at(name, other=None, share=0.5):
        point = skeleton.joints[name]
        if other:
            point = point * (1 - share) + skeleton.joints[other] * share
        (x, y), = camera.project(point[None])[0].astype(int)
        return canvas.colour[y, x]

    def close(colour, wanted):
        a, b = np.asarray(colour, float), np.asarray(wanted, float)
        return (a / np.linalg.norm(a) @ b / np.linalg.norm(b)) > 0.97

    assert close(colour_at('knee_l', 'ankle_l', 0.6), PERSON.kit.socks)
    assert close(colour_at('hip_r', 'knee_r', 0.3), PERSON.kit.shorts)
    assert close(colour_at('elbow_l', 'wrist_l', 0.4), PERSON.skin)


def test_hair_is_behind_the_face():
    front, camera, skeleton = paint()
    back = paint(heading=90)[0]
    (x, y), = camera.project(skeleton.joints['head'][None])[0].astype(int)
    hair, skin = np.array(PERSON.hair), np.array(PERSON.skin)

    def nearer_to_skin(colour):
        return np.linalg.norm(colour - 0.8 * skin) < np.linalg.norm(
            colour - 0.8 * hair)

    assert nearer_to_skin(front.colour[y + 2, x])
    assert not nearer_to_skin(back.colour[y - 4, x])


def test_parts_outside_the_canvas_are_skipped():
    canvas = Canvas(40, 40)
    camera = look_at((0, -30, 1), (0, 0, 1), focal=1000).crop(0, 0, 1)
    part = Part(np.zeros(3), np.array((0., 0, 1)),
                np.array(((0, .1), (1, .1))), np.eye(3), (9., 9., 9.))
    paint_body(canvas, [part], camera, LIGHT, 0)
    assert (canvas.owner == -1).all()
