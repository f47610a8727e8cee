import numpy as np
import pytest

from snreid_mm.pitch.camera import (FRAME_HEIGHT, FRAME_WIDTH, draw_viewpoint,
                                    frame_people, look_at)


def test_the_target_is_in_the_middle_and_up_is_up():
    camera = look_at((0, -60, 20), (5, 0, 1), focal=2000)
    pixels, depths = camera.project(
        np.array([(5., 0, 1), (5, 0, 3), (7, 0, 1)]))
    np.testing.assert_allclose(pixels[0], (FRAME_WIDTH / 2, FRAME_HEIGHT / 2))
    assert pixels[1, 1] < pixels[0, 1]  # higher is further up the image
    assert pixels[2, 0] > pixels[0, 0]  # +x is right of the main tribune
    assert depths[0] == pytest.approx(np.linalg.norm((5, 60, -19)))
    # A metre has focal / depth pixels.
    assert pixels[2, 0] - pixels[0, 0] == pytest.approx(
        2 * 2000 / depths[0], rel=0.05)


def test_a_crop_sees_what_the_frame_sees():
    camera = look_at((10, 50, 9), (0, 0, 1), focal=1500, roll=2)
    points = np.array([(1., 2, 0.5), (-3, 1, 1.7)])
    whole, _ = camera.project(points)
    window, _ = camera.crop(700, 300, 2.).project(points)
    np.testing.assert_allclose(window, (whole - (700, 300)) * 2)


@pytest.mark.parametrize('wander', [False, True])
def test_zoom_shows_about_as_many_as_wanted(wander):
    rng = np.random.default_rng(0)
    for wanted in (4, 12):
        shown = []
        for _ in range(20):
            spots = rng.uniform((-30, -25), (30, 25), (25, 2))
            ball = spots[0] + 1
            camera = frame_people(rng, draw_viewpoint(rng, ball, wander),
                                  ball, spots, wanted, wander)
            chest = np.concatenate([spots, np.ones((25, 1))], axis=1)
            pixels, _ = camera.project(chest)
            shown.append(((pixels > 0) & (pixels < (
                FRAME_WIDTH, FRAME_HEIGHT))).all(axis=1).sum())
        assert wanted - 2 <= np.mean(shown) <= wanted + 2


def test_replays_come_from_elsewhere():
    rng = np.random.default_rng(0)
    main = np.array([draw_viewpoint(rng, (20, 5), False) for _ in range(50)])
    replay = np.array([draw_viewpoint(rng, (20, 5), True) for _ in range(200)])
    assert (main[:, 1] < -60).all()
    assert (replay[:, 1] > 0).mean() > 0.2  # the reverse side
    assert (replay[:, 2] < 5).mean() > 0.15  # low
    assert (np.abs(replay[:, 0]) > 57).mean() > 0.15  # behind the goal line
