import json
import shutil
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from snreid_mm.engine import SkipUnreadableHook
from snreid_mm.utils.config import apply_options

ROOT = Path(__file__).parents[3]
DEMO = ROOT / 'configs/demo/resnet18-fc128_b64-12e_pitch-demo_128x64.py'


@pytest.fixture
def broken(tiny_pitch, tmp_path):
    """A data set with two crops that cannot be read."""
    root = tmp_path / 'pitch'
    shutil.copytree(tiny_pitch, root)
    crops = sorted((root / 'train').rglob('*.png'))[3:30:20]
    crops[0].write_bytes(b'')
    crops[1].write_bytes(crops[1].read_bytes()[:-30])
    return root, crops


def train(root, folder, workers, **options):
    cfg = Config.fromfile(DEMO)
    apply_options(cfg, dict(data_root=str(root)))
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint.pop('save_best')
    cfg.default_hooks.skip_unreadable.update(options)
    cfg.train_dataloader.update(
        batch_size=16,
        num_workers=workers,
        persistent_workers=False,
        drop_last=False)
    pipeline = cfg.train_dataloader.dataset.pipeline
    cfg.train_dataloader.dataset.pipeline = [
        step if step.type != 'Resize' else dict(step, scale=(16, 32))
        for step in pipeline
    ]
    cfg.train_cfg.max_epochs = 2
    cfg.work_dir = str(folder / 'work')
    cfg.experiment_name = f'{folder.name}-{workers}-{options}'
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


@pytest.mark.parametrize('workers', [0, 2])
def test_a_training_goes_on_without_a_few(broken, tmp_path, workers):
    root, crops = broken
    runner = train(root, tmp_path, workers, limit=2)
    assert runner.epoch == 2
    folder = Path(runner.log_dir)
    notes = (folder / 'unreadable_crops.jsonl').read_text().splitlines()
    assert len(notes) == 4  # both, in each epoch
    assert {json.loads(note)[0] for note in notes} == set(map(str, crops))
    log, = folder.glob('*.log')
    text = log.read_text()
    assert text.count('2 crops could not be read so far') == 1
    listed = text[text.index('Trained without 2 crops:'):]
    for crop in crops:
        assert f'The crop {crop} cannot be read' in listed


@pytest.mark.parametrize('workers', [0, 2])
def test_one_more_stops_it(broken, tmp_path, workers):
    root, crops = broken
    with pytest.raises(
            ValueError,
            match=r'2 crops .*skip_unreadable.limit=1; .* listed in '
            r'.*unreadable_crops.jsonl\. The last: The crop .*png cannot'):
        train(root, tmp_path, workers, limit=1)


def test_none_is_skipped_unasked(broken, tmp_path):
    with pytest.raises(ValueError, match='^The crop .* cannot be read'):
        train(broken[0], tmp_path, 0)


def test_limit_is_a_number_of_crops():
    with pytest.raises(ValueError, match='limit=-1 .* 0 or more'):
        SkipUnreadableHook(limit=-1)
