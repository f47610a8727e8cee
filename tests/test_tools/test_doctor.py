import csv
from pathlib import Path

TOOL = Path(__file__).parents[2] / 'tools/dataset_tools/doctor.py'


def test_a_sound_set(run_tool, tree, tmp_path):
    code, printed, _ = run_tool(TOOL, tree, '--out', tmp_path / 'out',
                                '--workers', 1)
    assert code == 0
    assert '24 crops' in printed and '0 missing crops' in printed
    assert '| Main_referee          |     1 |' in printed


def test_faults_are_counted_shown_and_written(run_tool, tree, tmp_path):
    paths = tree.paths('train')[:4]
    for path in paths:
        path.unlink()
    out = tmp_path / 'out'
    code, printed, _ = run_tool(TOOL, tree, '--out', out, '--workers', 1,
                                '--splits', 'train', 'valid')
    assert code == 1
    assert '4 missing crops' in printed
    assert sum(str(path) in printed for path in paths) == 3
    with (out / 'findings.csv').open(newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['path'] for row in rows] == sorted(
        map(str, paths), key=lambda path: int(Path(path).name.split('-')[0]))
    assert {row['kind'] for row in rows} == {'missing'}


def test_no_data_set(run_tool, tmp_path):
    code, _, errors = run_tool(TOOL, tmp_path)
    assert code == 1 and f'There is no split in {tmp_path}' in errors
