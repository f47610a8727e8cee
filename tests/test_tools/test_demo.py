"""The whole way in one command: pitch, pose estimator, two streams, test."""

import json
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
import torch
from tool_runner import popen_script, run_captured

from snreid_mm.utils.safe_load import read_checkpoint

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools/demo.py'
LOADER = [
    f'{split}_dataloader.{key}' for split in ('train', 'val', 'test')
    for key in ('num_workers=0', 'persistent_workers=False')
]


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """A demo on the tiny pitch, one epoch of each training."""
    folder = tmp_path_factory.mktemp('demo')
    options = [
        *LOADER, 'train_cfg.max_epochs=1', 'train_cfg.val_interval=1',
        'param_scheduler=None'
    ]
    with pytest.MonkeyPatch.context() as patch:
        # A process for each of the nine steps would import torch nine times.
        patch.setattr(subprocess, 'Popen', popen_script)
        done = run_captured(
            TOOL, '--preset', 'tiny', '--data-root', folder / 'pitch',
            '--work-dir', folder / 'work', '--pose-cfg-options', *options,
            'train_dataloader.batch_size=16', '--cfg-options', *options,
            'train_dataloader.batch_size=16')
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, done.stdout


def test_scores(finished):
    _, printed = finished
    table = printed[printed.index('=== Test split'):]
    for title in ('chance', 'colour histogram', 'the model'):
        row, = re.findall(rf'^\| {title}\s.*$', table, flags=re.MULTILINE)
        assert all(0 <= float(number) <= 100
                   for number in re.findall(r'\d+\.\d+', row))
    assert 'PCK' in printed


def test_part_stream_starts_from_the_pose_estimator(finished):
    folder, _ = finished
    pose = read_checkpoint(str(folder / 'work/pose/epoch_1.pth'))['state_dict']
    model, = (folder / 'work').glob('best_*.pth')
    model = read_checkpoint(str(model))['state_dict']
    prefix = 'part_extractor.pose_estimator.'
    parts = {
        name[len(prefix):]: value
        for name, value in model.items() if name.startswith(prefix)
    }
    assert len(parts) > 50
    # It stays as it was trained, batch norm's statistics included.
    for name, value in parts.items():
        assert torch.equal(value, pose[name]), name


def test_files(finished):
    folder, printed = finished
    rankings = json.loads((folder / 'work/rankings.json').read_text())
    truth = json.loads((folder / 'pitch/test/bbox_info.json').read_text())
    assert sorted(rankings) == sorted(truth['query'])
    assert any((folder / 'work/pictures').iterdir())
    assert any((folder / 'work/pose/pictures').iterdir())
    report = folder / 'work/report/index.html'
    assert 'colour histogram' in report.read_text()
    assert str(report) in printed


def test_the_printed_python_runs(finished, capsys):
    folder, printed = finished
    code = printed.split('In Python, from here:\n')[1].split('\n\n')[0]
    exec(textwrap.dedent(code), {})
    best = Path(capsys.readouterr().out.splitlines()[-1])
    assert best.is_file() and folder / 'pitch/test/gallery' in best.parents


def test_one_line_a_step(finished):
    folder, printed = finished
    steps = re.findall(r'^\[(\d)/9\] .{20,}\d s', printed, flags=re.MULTILINE)
    assert steps == list('123456789')
    assert len(printed.splitlines()) < 32
    logs = sorted((folder / 'work/logs').iterdir())
    assert [log.name[0] for log in logs] == steps
    for log in logs:
        assert log.read_text().startswith(f'$ python {ROOT}/tools/')
    assert 'Epoch(train)' in (folder / 'work/logs/5_train.log').read_text()


def test_a_step_that_fails(run_tool, tiny_pitch, tmp_path):
    code, printed, errors = run_tool(
        TOOL, '--config',
        ROOT / 'configs/demo/resnet18-fc128_b64-12e_pitch-demo_128x64.py',
        '--data-root', tiny_pitch, '--work-dir', tmp_path / 'work',
        '--cfg-options', 'model.input_size=(32,)')
    assert code == 1
    log = tmp_path / 'work/logs/1_train.log'
    assert errors.splitlines()[-1].startswith(
        'error: [1/5] Train the model failed: ')
    assert errors.endswith(f'All that it printed is in {log}.\n')
    assert '[1/5]' not in printed


def test_foreign_folder_is_left_alone(run_tool, tmp_path):
    (tmp_path / 'thesis.tex').write_text('x')
    code, _, errors = run_tool(TOOL, '--work-dir', tmp_path, '--data-root',
                               tmp_path / 'pitch')
    assert code == 1
    assert 'holds files that no demo has made' in errors
    assert (tmp_path / 'thesis.tex').exists()


def test_missing_config(run_tool):
    code, _, errors = run_tool(TOOL, '--pose-config', 'nowhere.py')
    assert code == 1
    assert "There is no config file 'nowhere.py'" in errors
