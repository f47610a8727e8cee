import numpy as np

from snreid_mm.pitch.camera import look_at
from snreid_mm.pitch.painter import Canvas
from snreid_mm.pitch.stadium import draw_stadium, paint_background, paint_goals

STADIUM = draw_stadium(np.random.default_rng(0))


def view(target, focal=1500, centre=(0, -70, 20), size=(192, 108)):
    camera = look_at(centre, target, focal=focal).crop(0, 0, size[0] / 1920)
    return paint_background(STADIUM, camera, *size), camera


def test_the_ground_is_grass_and_lines_are_where_the_law_puts_them():
    image, camera = view((0, -20, 0))
    assert image.shape == (108, 192, 3)
    grass = image[60:100].reshape(-1, 3).mean(axis=0)
    assert grass[1] > grass[0] + 20 and grass[1] > grass[2] + 20
    image, camera = view((0, -20, 0), focal=9000)
    on, off = (camera.project(np.array([(x, y, 0.) for y in range(-22, -17)]
                                       ))[0].astype(int) for x in (0., 1.5))
    # The half-way line is brighter than the grass beside it.
    bright = [image[y, x].mean() for x, y in on if 0 <= y < 108]
    plain = [image[y, x].mean() for x, y in off if 0 <= y < 108]
    assert np.median(bright) > np.median(plain) + 15


def test_boards_and_crowd_stand_behind_the_far_line_only():
    image, camera = view((0, 40, 0), focal=4000)
    (_, y), = camera.project(np.array([(0., 40., 0.)]))[0].astype(int)
    below = image[y + 6:].reshape(-1, 3).astype(int)
    above = image[:y - 20].reshape(-1, 3).astype(int)

    def green(colours):
        return np.mean((colours[:, 1] > colours[:, 0]) &
                       (colours[:, 1] > colours[:, 2] + 10))

    assert green(below) > 0.9 and green(above) < 0.4
    # The tribune that the camera stands on is not in its way.
    near, _ = view((0, -30, 0))
    assert green(near[60:].reshape(-1, 3).astype(int)) > 0.8


def test_a_goal_hides_what_is_behind_it_and_not_what_is_before():
    camera = look_at((30, 0, 2), (52.5, 0, 1.2), focal=700).crop(0, 0, .1)
    changed = []
    for depth in (5., 60.):
        canvas = Canvas(192, 108)
        canvas.depth[:] = depth
        paint_goals(canvas, camera, STADIUM)
        changed.append((canvas.colour > 0).any(axis=2).sum())
    assert changed[0] == 0 and changed[1] > 50
