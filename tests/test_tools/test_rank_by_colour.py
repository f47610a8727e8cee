from pathlib import Path

import pytest
from SoccerNet.Evaluation.ReIdentification import evaluate

from snreid_mm.soccernet import (check_ranking, read_ground_truth,
                                 read_ranking_file)

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'analysis_tools' /
        'rank_by_colour.py')


@pytest.mark.parametrize('split', ['valid', 'test'])
def test_soccernet_accepts_its_rankings(run_tool, tiny_pitch, tmp_path,
                                        split):
    out = tmp_path / 'ranking.json'
    code, printed, _ = run_tool(TOOL, out, '--data-root', tiny_pitch,
                                '--split', split)
    assert code == 0
    truth = tiny_pitch / split / 'bbox_info.json'
    query, gallery = read_ground_truth(truth)
    assert f'{len(query)} rankings written to {out}' in printed
    check_ranking(read_ranking_file(out), query, gallery)
    scores = evaluate(str(truth), str(out))
    assert 0 < scores['mAP'] <= 1


def test_a_bad_data_root_is_one_sentence(run_tool, tmp_path):
    out = tmp_path / 'ranking.json'
    code, _, errors = run_tool(TOOL, out, '--data-root', tmp_path / 'no')
    assert code == 1
    assert errors.startswith('error: There is no split')
    assert str(tmp_path / 'no') in errors and errors.count('\n') == 1
    assert not out.exists()
