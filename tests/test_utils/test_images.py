import cv2
import numpy as np
import pytest

from snreid_mm.utils.images import decode_image, read_image

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
    (encode('.png')[:-40], 'Truncated|broken'),  # in Pillow's words
])
def test_what_is_none(data, text):
    with pytest.raises(ValueError, match=text):
        decode_image(data)


def test_an_image_as_it_was_written(tmp_path):
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    np.testing.assert_array_equal(read_image(tmp_path / 'a.png'), image)


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / 'a.png').write_bytes(b'no image')
    for name in ('a.png', 'none.png'):
        with pytest.raises(ValueError, match=f'{name} cannot be read'):
            read_image(tmp_path / name)
