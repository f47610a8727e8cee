import csv
import statistics

import pytest

from snreid_mm.results import folder as files
from snreid_mm.results.plan import plan_runs
from snreid_mm.results.summary import collect, markdown, write_tables

SCORES = {0: 40., 1: 43., 2: 44.5}


@pytest.fixture
def runs(write_config, tmp_path):
    """One model with three seeds, one with a seed of two, one that failed."""
    configs = [(write_config('a'), 'A | b'), (write_config('b'), 'B'),
               (write_config('c'), 'C')]
    runs = plan_runs(configs, tmp_path / 'w', list(SCORES), [.02, 1.])
    for run in runs:
        if run.stem == 'c':
            files.write_state(run, files.FAILURE,
                              dict(reason=f'broken at {run.seed}'))
        elif run.stem == 'a' or run.seed == 0:
            files.write_state(
                run, files.RESULT,
                dict(
                    label=run.label,
                    mAP=SCORES[run.seed],
                    rank1=20.,
                    checkpoint='epoch_4.pth',
                    side_by_side=2,
                    fingerprint='f' * 16,
                    train=dict(
                        images_per_second=1234.5,
                        peak_memory=3 * 10**9,
                        device='cpu',
                        threads=1),
                    test=dict(
                        images_per_second=100.,
                        peak_memory=2 * 10**9,
                        parameters=54525938,
                        macs=None if run.stem == 'b' else 20647 * 10**6,
                        image_size=[256, 128])))
    return runs


def _cells(line):
    return [cell.strip() for cell in line.replace('\\|', '/').split('|')[1:-1]]


def test_the_markdown(runs):
    text = markdown(collect(runs))
    header, _, *lines = [
        _cells(line) for line in text.splitlines() if line.startswith('|')
    ]
    assert [line[:2] for line in lines] == [['A / b', '100 %'],
                                            ['B', '100 %'], ['C', '100 %'],
                                            ['A / b', '2 %'], ['B', '2 %'],
                                            ['C', '2 %']]
    deviation = statistics.stdev(SCORES.values())
    assert dict(zip(header, lines[0])) == {
        'model': 'A / b',
        'data': '100 %',
        'seeds': '3',
        'mAP': f'42.50 ± {deviation:.2f}',
        'rank-1': '20.00 ± 0.00',
        'parameters, M': '54.5',
        'MACs, G': '20.65',
        'training, images/s': '1,234.5',
        'test, images/s': '100.0',
        'peak memory, GB': '3.00',
        'runs': 'done'
    }
    # One seed has no deviation; what could not be counted is not made up.
    assert lines[1][2:7] == ['1', '40.00', '20.00', '54.5', '–']
    assert lines[1][-1] == '2 of 3 to do'
    assert lines[2][2:] == ['0'] + ['–'] * 7 + ['3 of 3 failed']
    assert '- C, 2 %, seed 1: broken at 1' in text
    assert '256 × 128' in text and 'without the workers' in text
    assert 'cpu, 1 CPU thread, 2 side by side' in text
    assert 'The tested checkpoint is the last of the training.' in text


def test_a_remark_stands_above(runs, tmp_path):
    write_tables(runs, tmp_path, 'Only a trial.')
    text = (tmp_path / 'results.md').read_text()
    assert text.startswith('Only a trial.\n\n| model |')


def test_a_result_without_a_number_does_not_move_the_others(runs):
    rows = collect(runs)
    first, second, third = rows[0].results
    del first['side_by_side'], second['train']['threads']
    third['train'] = None
    text = markdown(rows[:1])
    assert 'Measured on: cpu, 1 CPU thread; cpu, 2 side by side.' in text


def test_memory_that_was_in_use_before_is_told(runs):
    rows = collect(runs)
    assert 'in use before' not in markdown(rows)
    for result in rows[0].results:
        result['train']['memory_before'] = 9 * 10**8
        result['test']['memory_before'] = 86 * 10**7
    assert '; 0.86 to 0.90 GB of it were in use before the first batch' \
        in markdown(rows)


def test_the_result_of_another_checkpoint_is_none(runs):
    run = runs[0]
    result = files.read_state(run, files.RESULT)
    files.write_state(run, files.RESULT, dict(result, tested='last'))
    files.write_state(run, files.FAILURE, dict(reason='No.'))
    row = collect([run])[0]
    assert not row.results and row.failures == [(run.seed, 'No.')]
    run.tested = 'last'
    row = collect([run])[0]
    assert row.state == 'done' and not row.failures


def test_gpu_memory_is_called_that(runs):
    rows = collect(runs)
    for result in rows[0].results:
        result['train']['device'] = 'H200'
    text = markdown(rows[:1])
    assert 'torch had allocated on the GPU' in text
    assert 'without the workers' not in text


def test_nothing_done_yet_is_a_table_too(write_config, tmp_path):
    runs = plan_runs([(write_config(), 'x')], tmp_path / 'w', [0])
    write_tables(runs, tmp_path)
    assert '1 of 1 to do' in (tmp_path / 'results.md').read_text()


def test_the_files(runs, tmp_path):
    rows = write_tables(runs, tmp_path)
    assert (tmp_path / 'results.md').read_text() == markdown(rows)
    with open(tmp_path / 'results.csv', newline='') as file:
        table = list(csv.DictReader(file))
    assert len(table) == 6
    assert float(table[0]['mAP mean']) == pytest.approx(42.5)
    assert float(table[0]['mAP std']) == pytest.approx(
        statistics.stdev(SCORES.values()))
    assert table[1]['mAP std'] == '' and table[2]['mAP mean'] == ''
    assert table[0]['MACs'] == str(20647. * 10**6)
    with open(tmp_path / 'runs.csv', newline='') as file:
        each = list(csv.DictReader(file))
    assert len(each) == 18
    assert [row['state'] for row in each[:3]] == ['done', 'done', 'failed']
    assert each[2]['reason'] == 'broken at 0'
    assert each[0]['folder'] == str(runs[0].folder)
    assert each[-2]['state'] == 'to do'
