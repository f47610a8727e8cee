import runpy
import sys
from pathlib import Path

import pytest
from SoccerNet.Evaluation.ReIdentification import evaluate

from snreid_mm.evaluation.functional import (check_ranking, read_ground_truth,
                                             read_ranking_file)

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'analysis_tools' /
        'rank_by_colour.py')


def _run(monkeypatch, *args):
    monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, args)])
    runpy.run_path(str(TOOL), run_name='__main__')


@pytest.mark.parametrize('split', ['valid', 'test'])
def test_soccernet_accepts_its_rankings(monkeypatch, capsys, tiny_pitch,
                                        tmp_path, split):
    out = tmp_path / 'ranking.json'
    _run(monkeypatch, out, '--data-root', tiny_pitch, '--split', split)
    truth = tiny_pitch / split / 'bbox_info.json'
    query, gallery = read_ground_truth(truth)
    assert f'{len(query)} rankings written to {out}' in capsys.readouterr().out
    check_ranking(read_ranking_file(out), query, gallery)
    scores = evaluate(str(truth), str(out))
    assert 0 < scores['mAP'] <= 1


def test_a_bad_data_root_is_one_sentence(monkeypatch, capsys, tmp_path):
    out = tmp_path / 'ranking.json'
    with pytest.raises(SystemExit) as stop:
        _run(monkeypatch, out, '--data-root', tmp_path / 'no')
    assert stop.value.code == 1
    errors = capsys.readouterr().err
    assert errors.startswith('error: There is no folder')
    assert str(tmp_path / 'no') in errors and errors.count('\n') == 1
    assert not out.exists()
