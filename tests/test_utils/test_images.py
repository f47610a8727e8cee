import cv2
import numpy as np
import pytest

from snreid_mm.utils.images import read_image


def test_an_image_as_it_was_written(tmp_path):
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    cv2.imwrite(str(tmp_path / 'a.png'), image)
    np.testing.assert_array_equal(read_image(tmp_path / 'a.png'), image)


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / 'a.png').write_bytes(b'no image')
    for name in ('a.png', 'none.png'):
        with pytest.raises(ValueError, match=f'{name} cannot be read'):
            read_image(tmp_path / name)
