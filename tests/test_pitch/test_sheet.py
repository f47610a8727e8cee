import cv2
import pytest

from snreid_mm.pitch import contact_sheet


@pytest.mark.parametrize('split', ['train', 'valid', 'test', 'challenge'])
def test_a_sheet_of_every_split(tiny_pitch, tmp_path, split):
    path = tmp_path / 'sheet.png'
    sheet = contact_sheet(tiny_pitch, split, actions=2, path=str(path))
    assert sheet.ndim == 3 and sheet.shape[0] > 300
    assert cv2.imread(str(path)).shape == sheet.shape
    assert [p.name for p in tmp_path.iterdir()] == ['sheet.png']
    # Frames of queries (orange) and of their matches (green).
    for colour in ((60, 180, 250), (90, 200, 90)):
        assert (sheet == colour).all(axis=2).any()


def test_more_actions_make_a_longer_sheet(tiny_pitch):
    short = contact_sheet(tiny_pitch, 'train', actions=1)
    long = contact_sheet(tiny_pitch, 'train', actions=99)
    assert long.shape[0] > short.shape[0]


def test_what_is_missing_is_named(tiny_pitch, tmp_path):
    with pytest.raises(FileNotFoundError, match='bbox_info.json is missing'):
        contact_sheet(tmp_path, 'test')
    with pytest.raises(ValueError, match='actions must be at least 1'):
        contact_sheet(tiny_pitch, 'test', actions=0)
    with pytest.raises(ValueError, match="'tset'.*'train', 'valid', 'test'"):
        contact_sheet(tiny_pitch, 'tset')
