"""The three commands of the guide to crops of one's own, on drawn ones."""

import json
import re
import shlex
import shutil
from pathlib import Path

import cv2

from snreid_mm.soccernet import load_index

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / 'docs/user_guides/own_data.md'
# What makes the training short.
QUICK = ('train_cfg.max_epochs=2 train_dataloader.num_workers=0 '
         'train_dataloader.persistent_workers=False '
         'train_dataloader.batch_size=16 model.backbone.base_channels=8')


def make_crops(pitch, folder):
    """A folder for each person, of a pitch's crops."""
    for split in ('train', 'test'):
        for record in load_index(str(pitch), split):
            target = folder / split / (record['subset'] or '') / str(
                record['person_uid']) / Path(record['img_path']).name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(record['img_path'], target)


def test_from_ls_to_a_ranked_picture(tiny_pitch, tmp_path, monkeypatch,
                                     run_tool):
    make_crops(tiny_pitch, tmp_path / 'data/crops')
    for name in ('configs', 'tools'):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    block = re.search('```bash\n(.*?)```', GUIDE.read_text(), re.DOTALL)[1]
    ls, train, rank = block.replace('\\\n', '').strip().splitlines()
    for folder in shlex.split(ls, comments=True)[1:]:
        assert any(Path(folder).iterdir()), folder
    code, _, errors = run_tool(*shlex.split(train)[1:], '--cfg-options',
                               *QUICK.split())
    assert not code, errors
    code, printed, errors = run_tool(
        *shlex.split(rank.replace('epoch_12', 'epoch_2'))[1:],
        '--cfg-options', 'model.backbone.base_channels=8')
    assert not code, errors
    first = re.search(r'([\d.]+) % of \d+ queries have their person', printed)
    assert cv2.imread('ranking.png') is not None
    # The metric scores the same crops alike.
    weights = rank[rank.index('work_dirs'):].split()[0]
    code, _, errors = run_tool(
        'tools/test.py', shlex.split(train)[2],
        weights.replace('epoch_12', 'epoch_2'), '--out', 'scores.json',
        '--cfg-options', 'model.backbone.base_channels=8',
        'test_dataloader.num_workers=0',
        'test_dataloader.persistent_workers=False')
    assert not code, errors
    scores = json.loads(Path('scores.json').read_text())
    assert abs(scores['reid/rank-1'] - float(first[1])) < .01
