from pathlib import Path

import cv2
import numpy as np
import pytest

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'visualization' /
        'show_activations.py')


@pytest.fixture
def crops(tiny_pitch):
    return [str(p) for p in sorted(tiny_pitch.glob('test/query/**/*.png'))[:2]]


@pytest.fixture
def show(run_tool, small_model, tmp_path):

    def run(*args):
        return run_tool(TOOL, *small_model, *args, '--out', tmp_path / 'out')

    return run


def test_a_picture_for_each_crop(show, crops, tmp_path, monkeypatch):
    from snreid_mm import visualization
    draw, calls = visualization.draw_activations, []

    def spy(*args):
        calls.append(args)
        return draw(*args)

    monkeypatch.setattr(visualization, 'draw_activations', spy)
    code, printed, errors = show(*crops)
    assert (code, errors) == (0, '')
    pictures = [tmp_path / 'out' / f'{Path(path).stem}.png' for path in crops]
    assert printed.splitlines()[-2:] == list(map(str, pictures))
    for path, crop, (image, stages, parts, heading) in zip(
            pictures, crops, calls):
        assert cv2.imread(str(path)).shape[1] > 600
        np.testing.assert_array_equal(image, cv2.imread(crop))
        assert {name: each.shape for name, each in stages.items()} == dict(
            layer1=(24, 12), layer2=(12, 6), layer3=(6, 3))
        assert [each.shape for each in parts.values()] == [(6, 3)] * 3
        # Stripes: the first part is at the top.
        assert parts['part 1'][0].min() > parts['part 1'][-1].max()
        assert Path(crop).name in heading
    first, second = (call[1]['layer3'] for call in calls)
    assert (first != second).any()


def test_errors_are_one_sentence(show, crops):
    for args, message in (
        ((crops[0], crops[0]), 'Two crops have one file name'),
        ((crops[0], '--layers', 'backbone.layer7'), 'backbone.layer7'),
        (('none.png', ), 'none.png cannot be read'),
    ):
        code, _, errors = show(*args)
        assert code == 1 and errors.count('\n') == 1, errors
        assert message in errors
