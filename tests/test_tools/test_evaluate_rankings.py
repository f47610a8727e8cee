import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from snreid_mm.evaluation.functional import rank_within_actions
from snreid_mm.soccernet import read_ground_truth, write_ranking_file

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'analysis_tools' /
        'evaluate_rankings.py')


@pytest.fixture
def truth(tiny_pitch):
    return tiny_pitch / 'test' / 'bbox_info.json'


@pytest.fixture
def ranking(truth, tmp_path):
    rng = np.random.default_rng(0)
    query, gallery = read_ground_truth(truth)
    rankings = rank_within_actions(
        rng.standard_normal((len(query), 4)),
        rng.standard_normal((len(gallery), 4)), query, gallery)
    path = tmp_path / 'ranking.json'
    write_ranking_file(path, rankings.to_dict(query, gallery), zipped=True)
    return path


def test_the_tables_and_files(run_tool, truth, ranking, tmp_path):
    out = tmp_path / 'out'
    code, printed, errors = run_tool(TOOL, ranking, truth,
                                 '--worst', 3, '--out', out)
    assert (code, errors) == (0, '')
    query, gallery = read_ground_truth(truth)
    assert f'{len(query)} queries, {len(gallery)} gallery crops' in printed
    lines = printed.split('\n')
    judged, ours, chance = (
        next(line for line in lines if line.startswith(f'| {name}'))
        for name in ("SoccerNet's", 'this ranking', 'chance'))
    summary = json.loads((out / 'summary.json').read_text())
    assert f'{summary["scores"]["mAP"]:.2f}' in ours
    assert f'{summary["soccernet"]["mAP"]:.2f}' in judged
    assert f'{summary["chance"]["mAP"]:.2f}' in chance
    assert summary['scores']['mAP'] == pytest.approx(
        summary['soccernet']['mAP'], abs=1e-4)
    assert sum(p['queries'] for p in summary['role'].values()) == len(query)
    assert sum(p['queries'] for p in summary['size'].values()) == len(query)
    assert any(line.startswith('| Player_team_left') for line in lines)

    with open(out / 'queries.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [int(row['query']) for row in rows] == query.bbox_idx.tolist()
    mean = np.mean([float(row['AP']) for row in rows])
    assert mean == pytest.approx(summary['scores']['mAP'])
    assert np.mean([row['first_match'] == '1' for row in rows]) * 100 == (
        pytest.approx(summary['scores']['rank-1']))

    worst = lines[lines.index('The worst queries:') + 3:][:3]
    lowest = sorted(rows, key=lambda r: (float(r['AP']), int(r['query'])))
    for line, row in zip(worst, lowest):
        cells = [cell.strip() for cell in line.split('|')[1:]]
        assert cells[:3] == [row['query'], row['action'], row['role']]
        assert cells[4] == f'{float(row["AP"]):.2f}'


def test_the_zip_is_judged_as_the_file(run_tool, truth, ranking):
    first = run_tool(TOOL, ranking, truth)
    second = run_tool(TOOL, ranking.with_suffix('.zip'), truth)
    assert first == second and first[0] == 0


def test_worst_may_be_none(run_tool, truth, ranking):
    code, printed, _ = run_tool(TOOL, ranking, truth, '--worst', 0)
    assert code == 0 and 'worst' not in printed


def _without(ranking, key):
    del ranking[key]


def _change(**values):
    return lambda ranking: ranking.update(values)


@pytest.mark.parametrize('change, message', [
    (lambda r: _without(r, '1'), 'query 1 has no ranking'),
    (_change(x=[]), "'x' must be the bbox_idx of a query"),
    (lambda r: r['0'].append(r['0'][0]), 'query 0 .* are repeated'),
    (lambda r: r['0'].pop(), r'query 0 .* lacks 1 \(such as'),
    (lambda r: r['0'].append(10**6),
     r'\(such as 1000000\) that are .*unknown'),
    (lambda r: r['0'].append('3'), "'0' must .* but holds '3'"),
    (lambda r: r.update({'999': [0]}), 'query 999 is not in the split'),
])
def test_a_bad_ranking_is_one_sentence(run_tool, truth, ranking,
                                       change, message):
    content = json.loads(ranking.read_text())
    change(content)
    ranking.write_text(json.dumps(content))
    code, _, errors = run_tool(TOOL, ranking, truth)
    assert code == 1
    assert errors.startswith(f'error: {ranking}') and errors.count('\n') == 1
    assert re.search(message, errors), errors


def test_bad_files_are_one_sentence(run_tool, truth, ranking,
                                    tmp_path):
    for args, message in (((tmp_path / 'no.json', truth), 'no.json'),
                          ((ranking, tmp_path / 'no.json'), 'no.json'),
                          ((ranking, ranking),
                           'not the bbox_info.json of valid or test'),
                          ((ranking, truth, '--worst', -1), '--worst')):
        code, _, errors = run_tool(TOOL, *args)
        assert code == 1 and errors.count('\n') == 1
        assert errors.startswith('error: ') and message in errors


def test_a_disagreement_is_not_hidden(monkeypatch, run_tool, truth,
                                      ranking):
    monkeypatch.setattr('SoccerNet.Evaluation.ReIdentification.evaluate',
                        lambda *args: {'mAP': .5, 'rank-1': .5})
    code, _, errors = run_tool(TOOL, ranking, truth)
    assert code == 1
    assert "SoccerNet's evaluator gives mAP 50.000000 and ours" in errors
