import dataclasses

import numpy as np

from snreid_mm.pitch.camera import look_at
from snreid_mm.pitch.stadium import draw_stadium, paint_background
from snreid_mm.pitch.stands import (STAND_HEIGHT, STAND_LENGTH, STAND_SCALE,
                                    draw_stands, draw_turf)


def test_stands_have_their_size_and_detail():
    stands = draw_stands(np.random.default_rng(0), 1.)
    assert stands.shape == (STAND_HEIGHT * STAND_SCALE,
                            STAND_LENGTH * STAND_SCALE, 3)
    sparse = draw_stands(np.random.default_rng(0), 0.05)
    assert (stands != sparse).mean() > 0.1
    assert stands[:300].std() > 15


def test_turf_repeats_and_has_no_mean():
    tile = draw_turf(np.random.default_rng(0))
    assert abs(tile.mean()) < 0.05 and abs(tile.std() - 1) < 0.01
    seam = np.abs(tile[0] - tile[-1]).mean()
    assert seam < 1.2 * np.abs(np.diff(tile, axis=0)).mean()


def test_a_camera_sees_them():
    stadium = draw_stadium(np.random.default_rng(1))
    camera = look_at((0, -60, 4), (0, 20, 2), focal=4000).crop(800, 200, 0.5)
    before = paint_background(stadium, camera, 200, 350)
    rich = dataclasses.replace(
        stadium,
        stands=draw_stands(np.random.default_rng(0), 1.),
        turf=0.06 * draw_turf(np.random.default_rng(0)))
    after = paint_background(rich, camera, 200, 350)
    changed = (before != after).any(axis=2)
    assert changed[:60].mean() > 0.7 and changed[-60:].mean() > 0.5
    # The ground keeps its colour.
    assert abs(before[-60:].mean() - after[-60:].mean()) < 4
