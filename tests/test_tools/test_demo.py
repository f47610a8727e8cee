"""The whole way in one command: pitch, pose estimator, two streams, test."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from snreid_mm.utils.safe_load import read_checkpoint

ROOT = Path(__file__).parents[2]
LOADER = [
    f'{split}_dataloader.{key}' for split in ('train', 'val', 'test')
    for key in ('num_workers=0', 'persistent_workers=False')
]


def demo(*args):
    return subprocess.run(
        [sys.executable, str(ROOT / 'tools/demo.py'), *map(str, args)],
        capture_output=True,
        text=True)


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """A demo on the tiny pitch, one epoch of each training."""
    folder = tmp_path_factory.mktemp('demo')
    options = [
        *LOADER, 'train_cfg.max_epochs=1', 'train_cfg.val_interval=1',
        'param_scheduler=None'
    ]
    done = demo('--preset', 'tiny', '--data-root', folder / 'pitch',
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
    folder, _ = finished
    rankings = json.loads((folder / 'work/rankings.json').read_text())
    truth = json.loads((folder / 'pitch/test/bbox_info.json').read_text())
    assert sorted(rankings) == sorted(truth['query'])
    assert any((folder / 'work/pictures').iterdir())
    assert any((folder / 'work/pose/pictures').iterdir())


def test_foreign_folder_is_left_alone(tmp_path):
    (tmp_path / 'thesis.tex').write_text('x')
    done = demo('--work-dir', tmp_path, '--data-root', tmp_path / 'pitch')
    assert done.returncode == 1
    assert 'holds files that no demo has made' in done.stderr
    assert (tmp_path / 'thesis.tex').exists()


def test_missing_config():
    done = demo('--pose-config', 'nowhere.py')
    assert done.returncode == 1
    assert "There is no config file 'nowhere.py'" in done.stderr
