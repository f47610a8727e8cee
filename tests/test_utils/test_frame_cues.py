import numpy as np
import pytest

from snreid_mm.utils.frame_cues import FRAME_CUES, frame_cues


def _cues(image):
    return dict(zip(FRAME_CUES, frame_cues(image)))


@pytest.fixture
def crop():
    rng = np.random.default_rng(0)
    image = np.full((80, 40, 3), (40, 140, 60), np.uint8)  # grass
    image[20:60, 10:30] = (200, 40, 40)
    return np.clip(
        image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize('shape', [(1, 1), (2, 3), (5, 200), (200, 2),
                                   (130, 60)])
def test_any_size_has_finite_cues(shape):
    for value in (0, 255):
        cues = frame_cues(np.full((*shape, 3), value, np.uint8))
        assert cues.shape == (len(FRAME_CUES), ) and np.isfinite(cues).all()


def test_the_grass_is_not_the_player(crop):
    cues = _cues(crop)
    assert cues['grass_a'] < cues['crop_a'] - 5
    assert cues['border_a'] == pytest.approx(cues['grass_a'], abs=1)
    assert cues['grass_share'] == pytest.approx(.75, abs=.03)
    assert cues['height'] == pytest.approx(np.log(80))


def test_blur_noise_fields_and_blocks_are_seen(crop):
    plain = _cues(crop)
    smooth = crop.copy()
    smooth[1:] = crop[1:] // 2 + crop[:-1] // 2
    assert _cues(smooth)['laplacian'] < plain['laplacian']
    rough = crop // 2 * 2 + np.random.default_rng(1).integers(
        0, 20, crop.shape, np.uint8)
    assert _cues(rough)['noise'] > plain['noise'] + .5
    fields = crop.copy()
    fields[::2] = np.roll(crop[::2], 6, axis=1)
    assert _cues(fields)['interlacing'] > plain['interlacing'] + .1
    blocks = crop.copy()
    blocks[:, 3::8] //= 2
    assert _cues(blocks)['blocks_x'] > plain['blocks_x'] + .5
