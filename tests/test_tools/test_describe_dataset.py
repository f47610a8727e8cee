"""tools/dataset_tools."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from tool_runner import environment_of

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / 'tools/dataset_tools'
SCRIPTS = sorted(path.name for path in TOOLS.glob('*.py'))
QUERY = '0-5-90-0-Player_team_left-7-0r0_00858c3b0003-44x22.png'
GALLERY = [
    '0-5-90-1-Player_team_left-7-0r1_00858c3b0003-30x15.png',
    '1-5-91-1-Main_referee-None-1r1_00858c3b0003-64x20.png',
]


def python(*args, cwd=None):
    """Run in a process of its own, as a user does."""
    environment = environment_of(OMP_NUM_THREADS='1')
    return subprocess.run(
        [sys.executable, '-W', 'ignore', *map(str, args)],
        env=environment, cwd=cwd, capture_output=True, text=True)


@pytest.fixture
def root(tmp_path):
    """A valid split of three crops and its zip."""
    folder = tmp_path / 'reid/valid'
    for subset, names in (('query', [QUERY]), ('gallery', GALLERY)):
        place = folder / subset / 'league/season/game/5'
        place.mkdir(parents=True)
        for name in names:
            cv2.imwrite(
                str(place / name), np.zeros((4, 4, 3), dtype=np.uint8))
    with zipfile.ZipFile(tmp_path / 'valid.zip', 'w') as file:
        for path in folder.rglob('*'):
            file.write(path, path.relative_to(folder.parent))
    return tmp_path / 'reid'


@pytest.mark.parametrize('script', SCRIPTS)
def test_help(script, run_tool):
    code, out, err = run_tool(TOOLS / script, '--help')
    assert code == 0, err
    assert out.startswith('usage: ' + script)


def test_no_script_hides_a_module_of_python():
    """A script's folder comes first on the path of what it imports."""
    scripts = {path.stem for path in TOOLS.parent.rglob('*.py')}
    assert len(scripts) > 10
    assert not scripts & sys.stdlib_module_names


def test_table_and_figure(root, tmp_path):
    result = python(TOOLS / 'describe_dataset.py', root, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    table = {}
    for line in result.stdout.splitlines():
        cells = re.split(r'\s{2,}', line.strip())
        if len(cells) == 2:
            table[cells[0]] = cells[1]
    assert table['images'] == '3'
    assert table['query'] == '1' and table['gallery'] == '2'
    assert table['of queries'] == '1' and table['of gallery'] == '2'
    assert table['images per identity, mean'] == '1.50'
    assert table['one image'] == '50.0 %'
    assert table['gallery of a query, mean'] == '2.0'
    assert table['median'] == '44'
    assert table['Main_referee'] == '1'
    assert 'valid: nothing to compare with' in result.stdout
    figures = tmp_path / 'work_dirs/describe_dataset'
    figure = cv2.imread(str(figures / 'valid.png'))
    assert figure.shape[0] > 500 and figure.std() > 10
    assert os.listdir(figures) == ['valid.png']


def test_a_fraction_and_a_folder(root, tmp_path, run_tool):
    folder = root / 'train/league/season/game'
    for action in range(4):
        name = f'{action}-{action}-{action}-0-Main_referee-A-0r0_00-9x5.png'
        (folder / str(action)).mkdir(parents=True)
        (folder / str(action) / name).write_bytes(b'')
    code, out, err = run_tool(TOOLS / 'describe_dataset.py', root, '--splits',
                          'train', '--fraction', '0.5', '--out',
                          tmp_path / 'figures')
    assert code == 0, err
    assert re.search(r'actions +2 ', out) and not re.search('valid', out)
    assert (tmp_path / 'figures/train.png').is_file()


def test_an_error_is_one_line(tmp_path, run_tool):
    code, _, err = run_tool(TOOLS / 'describe_dataset.py', tmp_path,
                        '--splits', 'test')
    assert code == 1 and err.count('\n') == 1
    assert str(tmp_path / 'test') in err and 'download.py' in err
    # Without --splits and without any split, train is asked for.
    code, _, err = run_tool(TOOLS / 'describe_dataset.py', tmp_path)
    assert code == 1 and str(tmp_path / 'train') in err


@pytest.mark.parametrize('named', [True, False])
def test_download_from_zips(root, tmp_path, run_tool, named):
    new = tmp_path / 'new'
    args = [new, '--splits', 'valid', '--from-zips']
    if named:
        args.append(tmp_path)
        kept = tmp_path / 'valid.zip'
    else:
        # The zips are looked for where the downloader would leave them.
        (new / 'reid').mkdir(parents=True)
        kept = (tmp_path / 'valid.zip').rename(new / 'reid/valid.zip')
    code, out, err = run_tool(TOOLS / 'download.py', *args)
    assert code == 0, err
    assert f'data_root={str(new / "reid")!r}' in out
    place = new / 'reid/valid/query/league/season/game/5'
    assert (place / QUERY).is_file() and kept.is_file()


def test_download_without_a_zip(tmp_path, run_tool):
    code, _, err = run_tool(TOOLS / 'download.py', tmp_path,
                        '--splits', 'test', '--from-zips')
    assert code == 1 and err.count('\n') == 1
    assert str(tmp_path / 'reid/test.zip') in err
