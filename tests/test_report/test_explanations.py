import cv2
import pytest

from snreid_mm.report import write_report
from snreid_mm.report.explanations import choose_pairs, write_explanations

# The worst queries have another person first, those in the middle too.
WORST = [(2, 1), (2, 2), (5, 5), (5, 6)]
MIDDLE = [(0, 1), (0, 0), (3, 5), (3, 4)]
BEST = [(1, 1), (4, 5)]


def test_pairs(report):
    assert choose_pairs(report, 2) == sorted(
        WORST + MIDDLE + BEST, key=lambda pair: pair[0])
    # No query twice.
    everything = choose_pairs(report, 30)
    assert len(everything) == len(set(everything)) == 10 * (2 + 1 + 2)


def test_pictures(report, draw_pair, tmp_path):
    pairs = [(2, 1), (2, 2), (4, 5)]
    found = write_explanations(report, pairs, draw_pair, tmp_path, False)
    assert found == {2: [101, 102], 4: [105]}
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ['102-101.webp', '102-102.webp', '104-105.webp']
    image = cv2.imread(str(tmp_path / '102-102.webp'))
    assert image.shape == (30, 1400, 3)  # made smaller
    blue, _, red = image[15, 700].tolist()
    assert abs(red - 255) < 9 and abs(blue - 25 * 2) < 9


def test_a_model_that_cannot_be_split_leaves_nothing(report, tmp_path):

    def refuse(query, other):
        raise ValueError('model.neck has GatedSumFusion')

    with pytest.raises(ValueError, match='GatedSumFusion'):
        write_report(
            report, tmp_path / 'out', 'title', explain=refuse, progress=False)
    assert not list(tmp_path.iterdir())
