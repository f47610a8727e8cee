import numpy as np
import pytest

from snreid_mm.evaluation.functional.colour_histogram import colour_histogram


def _player(shirt, shorts):
    image = np.empty((60, 30, 3), np.uint8)
    image[:30], image[30:] = shirt, shorts
    return image


RED, BLUE, WHITE = (0, 0, 255), (255, 0, 0), (255, 255, 255)


def test_the_descriptor_has_unit_length_and_one_part_per_stripe():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (50, 20, 3), dtype=np.uint8)
    descriptor = colour_histogram(image, stripes=5, bins=(4, 3, 2))
    assert descriptor.dtype == np.float32
    assert descriptor.shape == (5 * 4 * 3 * 2, )
    assert np.linalg.norm(descriptor) == pytest.approx(1)
    parts = descriptor.reshape(5, -1)
    assert (parts**2).sum(1) == pytest.approx(np.full(5, 1 / 5))


def test_size_does_not_count_but_the_place_of_a_colour_does():
    reference = colour_histogram(_player(RED, WHITE))
    larger = colour_histogram(np.kron(_player(RED, WHITE), np.ones(
        (2, 2, 1), np.uint8)))
    upside_down = colour_histogram(_player(WHITE, RED))
    np.testing.assert_allclose(reference, larger)
    assert np.linalg.norm(reference - upside_down) == pytest.approx(2**0.5)
    same_shirt = colour_histogram(_player(RED, BLUE))
    assert np.linalg.norm(reference - same_shirt) == pytest.approx(1)


def test_too_few_rows_are_refused():
    with pytest.raises(ValueError, match='4 rows.*6 stripes'):
        colour_histogram(np.zeros((4, 4, 3), np.uint8))
