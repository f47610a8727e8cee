import cv2
import pytest

from snreid_mm.results import Row
from snreid_mm.utils.figures import save_figure
from snreid_mm.visualization import draw_cost_chart


@pytest.fixture
def rows():
    """Two models on two shares; the second has no count on one of them."""
    rows = []
    for fraction in (1., .02):
        for label, macs in (('A', 20e9), ('B', 10e9 if fraction == 1 else 0)):
            results = [
                dict(mAP=mean, test=dict(macs=macs)) for mean in (40., 43.)
            ]
            rows.append(Row(label, fraction, 2, results))
    return rows


def _count(image, colour):
    return (image == colour).all(axis=2).sum()


def test_the_chart(rows, tmp_path):
    path = tmp_path / 'results.png'
    save_figure(draw_cost_chart(rows), path)
    image = cv2.imread(str(path))
    assert image.shape[0] > 500 and image.shape[1] > 1000
    # Two panels, and the legend beside them.
    middle, side = image.shape[1] // 2, 9 * image.shape[1] // 10
    panels = image[:, :middle], image[:, middle:side], image[:, side:]
    blue, orange = (180, 119, 31), (14, 127, 255)  # BGR of C0 and C1
    assert all(_count(panel, blue) > 50 for panel in panels)
    assert _count(panels[0], orange) > 50
    assert _count(panels[1], orange) == 0


def test_nothing_done_yet_is_a_chart_too(tmp_path):
    save_figure(draw_cost_chart([Row('A', 1., 3)]), tmp_path / 'results.png')
    assert (tmp_path / 'results.png').stat().st_size > 1000


def test_many_that_are_missing_are_named_inside_the_picture(tmp_path):
    rows = [
        Row(f'the model of number {i}', fraction, 1) for i in range(12)
        for fraction in (1., .1)
    ]
    save_figure(draw_cost_chart(rows), tmp_path / 'results.png')
    image = cv2.imread(str(tmp_path / 'results.png'))
    # Nothing runs over an edge, nor from one panel into the other.
    assert (image[:, :3] == 255).all() and (image[:, -3:] == 255).all()
    below = image[int(.9 * len(image)):].min(axis=(0, 2))
    text = (below < 128).nonzero()[0]
    assert len(text) and (text[1:] - text[:-1]).max() > 40
