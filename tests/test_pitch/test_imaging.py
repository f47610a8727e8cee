import dataclasses

import numpy as np
import pytest

from snreid_mm.pitch import PRESETS
from snreid_mm.pitch.imaging import blur_motion, draw_look, expose

PLAIN = dataclasses.replace(
    PRESETS['tiny'], colour_shift=0, blur=0, compression=0)


def picture():
    image = np.full((64, 48, 3), (60, 120, 80), np.float32)
    image[20:40, 10:30] = (200, 40, 160)
    return image


def shown(config, seed=0, motion=(0., 0.), replay=True):
    rng = np.random.default_rng(seed)
    look = draw_look(rng, config, replay)
    return look, expose(rng, picture(), look, 60, np.array(motion),
                        config.blur)


def test_without_difficulty_only_noise_is_left():
    for seed in range(5):
        look, image = shown(PLAIN, seed, motion=(0.2, 0.))
        # The tone curve is the identity but for a slight loss of colour.
        assert np.abs(image.astype(float).mean((0, 1)) -
                      picture().mean((0, 1))).max() < 8
        assert look.quality == 0 and not look.interlaced
        assert look.haze == 0 and look.defocus == 0


@pytest.mark.parametrize('name', ['colour_shift', 'blur', 'compression'])
def test_each_knob_changes_the_picture(name):
    def unlike(value):
        config = dataclasses.replace(PLAIN, **{name: value})
        return np.mean([
            np.abs(shown(config, s, (0.05, 0.))[1].astype(float) -
                   shown(PLAIN, s)[1]).mean() for s in range(12)
        ])

    weak, strong = unlike(0.4), unlike(1.6)
    assert 0 < weak < strong


def test_motion_blur_smears_along_the_path():
    image = np.zeros((41, 41, 1), np.float32)
    image[20, 20] = 1
    smeared = blur_motion(image, 12., 0.).reshape(41, 41)
    assert smeared.sum() == pytest.approx(1, abs=1e-4)
    assert (smeared[20] > 0.01).sum() >= 9
    assert (smeared[:, 20] > 0.01).sum() <= 3
    np.testing.assert_array_equal(blur_motion(image, 0.5, 0.5), image)


def test_cameras_differ():
    rng = np.random.default_rng(0)
    gains = np.array([
        draw_look(rng, PRESETS['bench'], True).gains for _ in range(50)
    ])
    assert gains.mean(axis=1).std() > 0.05
    assert (gains / gains.mean(axis=1, keepdims=True)).std(axis=0).min() > 0.02
