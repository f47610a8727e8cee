import cv2
import numpy as np
import pytest

from snreid_mm.utils.images import decode_image

IMAGE = np.random.default_rng(0).integers(0, 256, (24, 12, 3), np.uint8)


def encode(suffix):
    return cv2.imencode(suffix, IMAGE)[1].tobytes()


def test_pictures_that_are_whole():
    np.testing.assert_array_equal(decode_image(encode('.png')), IMAGE)
    assert decode_image(encode('.jpg')).shape == IMAGE.shape
    assert decode_image(encode('.jpg') + b'more').shape == IMAGE.shape


@pytest.mark.parametrize('data, text', [
    (b'', 'it is empty or no image'),
    (b'text', 'it is empty or no image'),
    (encode('.jpg')[:-40], 'its end is missing'),
    (encode('.png')[:-40], ''),
])
def test_what_is_none(data, text):
    with pytest.raises(ValueError, match=text):
        decode_image(data)
