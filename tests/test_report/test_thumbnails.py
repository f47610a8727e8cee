import cv2
import numpy as np
import pytest

from snreid_mm.report.thumbnails import COLUMNS, HEIGHT, WIDTH, draw_sheet


def write(path, height, width, colour):
    cv2.imwrite(str(path), np.full((height, width, 3), colour, np.uint8))
    return str(path)


def test_places_and_proportions(tmp_path):
    paths = [write(tmp_path / 'tall.png', 200, 50, (0, 0, 255))]
    paths += [write(tmp_path / 'wide.png', 10, 40, (255, 0, 0))] * COLUMNS
    sheet = cv2.imdecode(np.frombuffer(draw_sheet(paths), np.uint8), 1)
    assert sheet.shape == (2 * HEIGHT, COLUMNS * WIDTH, 3)
    tall = sheet[:HEIGHT, :WIDTH].astype(int)
    assert (tall[:, WIDTH // 2, 2] > 200).all()  # as high as its place
    red = (tall[:, :, 2] > 200) & (tall[:, :, 0] < 100)
    assert red[HEIGHT // 2].sum() == pytest.approx(HEIGHT / 4, abs=3)
    last = sheet[HEIGHT:, :WIDTH].astype(int)  # the second row's first
    blue = (last[:, :, 0] > 200) & (last[:, :, 2] < 100)
    assert blue[:, WIDTH // 2].sum() == pytest.approx(WIDTH / 4, abs=3)
    # Nobody stands in the other places.
    assert abs(sheet[HEIGHT:, WIDTH + 4:].astype(int) - 128).max() < 30


def test_a_broken_crop_is_named(tmp_path):
    (tmp_path / 'broken.png').write_bytes(b'no picture')
    with pytest.raises(ValueError, match='broken.png'):
        draw_sheet([str(tmp_path / 'broken.png')])
