import json
from pathlib import Path

import numpy as np
import pytest

from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.soccernet import read_ground_truth, write_ranking_file

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'analysis_tools' /
        'compare_runs.py')


@pytest.fixture
def truth(tiny_pitch):
    return tiny_pitch / 'test' / 'bbox_info.json'


@pytest.fixture
def rankings(truth, tmp_path):
    """Three ranking files, and their mAP and rank-1."""
    query, gallery = read_ground_truth(truth)
    result = {}
    for i in range(3):
        rng = np.random.default_rng(i)
        ranked = rank_within_actions(
            rng.standard_normal((len(query), 4)),
            rng.standard_normal((len(gallery), 4)), query, gallery)
        path = tmp_path / f'{i}.json'
        write_ranking_file(path, ranked.to_dict(query, gallery), zipped=True)
        result[path] = score_rankings(ranked, query, gallery).summary((1, ))
    return result


@pytest.fixture
def run(run_tool, truth):
    """Run the tool; give its exit code, what it printed and its errors."""

    def run(*args, ground_truth=truth):
        return run_tool(TOOL, *args, '--ground-truth', ground_truth,
                        '--resamples', 300)

    return run


def _line(printed, *starts):
    rows = ([cell.strip() for cell in line.split('|')[1:-1]]
            for line in printed.splitlines())
    return next(row for row in rows if row[:len(starts)] == list(starts))


def test_the_tables_and_files(run, rankings, tmp_path):
    (one, first), (two, second), (three, third) = rankings.items()
    out = tmp_path / 'out' / 'compared.json'
    code, printed, errors = run(f'A={one}', f'B={two}', f'C={two},{three}',
                                '--out', out, '--changed', 3)
    assert (code, errors) == (0, '')
    content = json.loads(out.read_text())
    assert content['scores']['A']['mAP'] == pytest.approx(first['mAP'])
    assert content['files']['C'] == [str(two), str(three)]
    compared = content['comparisons']
    assert compared['B']['mAP']['difference'] == pytest.approx(
        second['mAP'] - first['mAP'])
    assert compared['C']['rank-1']['difference'] == pytest.approx(
        (second['rank-1'] + third['rank-1']) / 2 - first['rank-1'])
    assert set(compared['B']['groups']) == {'role', 'height', 'gallery size'}
    for groups in compared['B']['groups'].values():
        assert sum(part['queries'] for part in
                   groups.values()) == compared['B']['queries']

    value = compared['B']['mAP']
    assert _line(printed, 'B', 'mAP') == [
        'B', 'mAP', f'{value["difference"]:.2f}', f'{value["low"]:.2f}',
        f'{value["high"]:.2f}', 'yes' if value['covers_zero'] else 'no'
    ]
    assert 'C against A, mAP by gallery size' in printed
    changed = compared['B']['changed_most']
    assert len(changed) == 3 and changed[0]['file'].endswith('.png')
    assert changed[0]['file'] in printed
    assert [abs(row['change']) for row in changed] == sorted(
        (abs(row['change']) for row in changed), reverse=True)
    assert out.with_suffix('.png').stat().st_size > 10000


def test_a_chart_alone(run, rankings, tmp_path):
    one, two, _ = rankings
    path = tmp_path / 'charts' / 'd.png'
    code, printed, _ = run(one, two, '--chart', path)
    assert code == 0 and f'Drawn: {path}' in printed
    assert path.stat().st_size > 10000
    assert 'Written' not in printed


def test_a_run_against_itself_covers_zero(run, rankings):
    one = next(iter(rankings))
    code, printed, _ = run(one, one.with_suffix('.zip'), f'x={one}')
    assert code == 0
    for metric in ('mAP', 'rank-1'):
        assert _line(printed, 'x', metric)[2:] == ['0.00'] * 3 + ['yes']
    assert 'changed most' not in printed
    code, printed, _ = run(one, one)
    assert code == 0 and f'{one.parent.name}/0.json (2)' in printed


def test_the_seed_and_the_confidence(run, rankings, tmp_path):
    one, two, _ = rankings
    ends = []
    for extra in ((), ('--seed', 1), ('--confidence', .5), ()):
        out = tmp_path / 'o.json'
        assert run(one, f'x={two}', '--out', out, *extra)[0] == 0
        value = json.loads(out.read_text())['comparisons']['x']['mAP']
        ends.append((value['low'], value['high']))
    assert ends[0] == ends[3] and len(set(ends)) == 3
    assert ends[2][1] - ends[2][0] < ends[0][1] - ends[0][0]


def test_one_training_ranked_in_two_ways(run, rankings, tmp_path):
    one, two, _ = rankings
    out = tmp_path / 'o.json'
    runs = f'a={one},{two}', f'b={one},{two}'
    widths = []
    for extra in ((), ('--paired', )):
        assert run(*runs, '--out', out, *extra)[0] == 0
        content = json.loads(out.read_text())
        assert content['bootstrap']['paired'] == bool(extra)
        value = content['comparisons']['b']['mAP']
        widths.append(value['high'] - value['low'])
    assert widths[0] > 0 == widths[1]


def test_bad_arguments_are_one_sentence(run, rankings, truth, tmp_path):
    one, two, _ = rankings
    cut = tmp_path / 'cut.json'
    cut.write_text(json.dumps(dict(list(json.loads(
        one.read_text()).items())[1:])))
    for args, message in (
        ((one, ), 'There is one run'),
        ((one, 'no.json'), "No such file or directory: 'no.json'"),
        ((one, cut), f'{cut}: query'),
        ((one, two, '--changed', -1), '--changed'),
        ((one, two, '--out', 'x.txt'), '--out x.txt must end in .json'),
        ((one, two, '--chart', 'x.jpg'), '--chart x.jpg must end in .png'),
        ((one, two, '--confidence', 1.5), 'confidence'),
        ((one, f'x={one},{two}', '--paired'), 'but they are 1 and 2'),
    ):
        code, _, errors = run(*args)
        assert code == 1 and errors.count('\n') == 1, errors
        assert errors.startswith('error: ') and message in errors
    code, _, errors = run(one, two, ground_truth=one)
    assert code == 1 and 'not the bbox_info.json of valid or test' in errors
