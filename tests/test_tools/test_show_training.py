import json
from pathlib import Path

import cv2
import pytest

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'visualization' /
        'show_training.py')


def _run(root, by_epoch=True):
    path = root / '20261126_1' / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    epoch = dict(epoch=1) if by_epoch else {}
    lines = [
        dict(lr=.1 / i, loss=1 / i, loss_cls=.5 / i, iter=i, step=i, **epoch)
        for i in (10, 20, 30)
    ]
    lines.append({'reid/mAP': 30., 'step': 1 if by_epoch else 30})
    path.write_text(''.join(json.dumps(line) + '\n' for line in lines))
    return root


@pytest.fixture
def show(run_tool, tmp_path):

    def run(*args, out=tmp_path / 'training.png'):
        return run_tool(TOOL, *args, '--out', out)

    return run


def test_the_curves_of_two_runs(show, tmp_path, monkeypatch):
    from snreid_mm import visualization
    draw, calls = visualization.draw_training, []

    def spy(*args):
        calls.append(args)
        return draw(*args)

    monkeypatch.setattr(visualization, 'draw_training', spy)
    first, second = _run(tmp_path / 'a'), _run(tmp_path / 'b')
    code, printed, errors = show(first, f'other={second}')
    assert (code, errors) == (0, '')
    assert cv2.imread(printed.strip()).shape[1] > 800
    curves, units = calls[0]
    assert list(curves) == ['loss', 'loss_cls', 'lr', 'reid/mAP']
    assert units['loss'] == 'iteration' and units['reid/mAP'] == 'epoch'
    assert list(curves['loss']) == ['a', 'other']
    assert curves['loss']['a'].tolist() == [[10, .1], [20, .05], [30, 1 / 30]]
    code, _, errors = show(first, '--keys', 'lr')
    assert (code, errors) == (0, '') and list(calls[1][0]) == ['lr']


def test_errors_are_one_sentence(show, tmp_path):
    first = _run(tmp_path / 'a')
    second = _run(tmp_path / 'b', by_epoch=False)
    for args, message in (
        ((first, first), "Two runs are called 'a'"),
        ((first, '--keys', 'mAp'), '--keys mAp: no run has logged that'),
        ((first, second, '--keys', 'reid/mAP'), 'draw them apart'),
        ((tmp_path / 'none', ), 'none holds no'),
    ):
        code, _, errors = show(*args)
        assert code == 1 and errors.count('\n') == 1, errors
        assert message in errors
    code, _, errors = show(first, out='a.gif')
    assert code == 1 and 'must end in' in errors
