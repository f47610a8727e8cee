"""Every config's learning rate ends with its training."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.runner import Runner

ROOT = Path(__file__).parents[2]
CONFIGS = [
    path for path in sorted(ROOT.glob('configs/*/*.py'))
    if path.parent.name != '_base_'
]
BATCHES = 40  # of an epoch


class Nothing(BaseModel):
    """A model of one weight."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, inputs, data_samples=None, mode='tensor'):
        return inputs


def rates(cfg, tmp_path):
    """The learning rate of every batch, by the schedulers that MMEngine's
    runner builds."""
    runner = Runner(
        model=Nothing(),
        work_dir=str(tmp_path),
        train_dataloader=torch.utils.data.DataLoader(range(BATCHES)),
        train_cfg=cfg.train_cfg,
        optim_wrapper=dict(
            optimizer=dict(type='SGD', lr=cfg.optim_wrapper.optimizer.lr)),
        default_scope='mmpretrain',
        experiment_name=f'rates_{tmp_path.name}')
    loop = runner.train_loop
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    schedulers = runner.build_param_scheduler(cfg.param_scheduler)
    group, = runner.optim_wrapper.param_groups
    curve = []
    for batch in range(loop.max_iters):
        curve.append(group['lr'])
        for scheduler in schedulers:
            if not scheduler.by_epoch or (batch + 1) % BATCHES == 0:
                scheduler.step()
    return curve, group['lr'], loop


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_the_rate_ends_with_the_training(path, tmp_path):
    cfg = Config.fromfile(path)
    peak = cfg.optim_wrapper.optimizer.lr
    key = 'max_epochs' if cfg.train_cfg.by_epoch else 'max_iters'
    curve, end, _ = rates(cfg, tmp_path)
    cfg.train_cfg[key] *= 2
    longer, longer_end, loop = rates(cfg, tmp_path)
    assert len(longer) == loop.max_iters == 2 * len(curve)
    if isinstance(cfg.param_scheduler, dict):  # steps of a fixed length
        assert cfg.param_scheduler.type == 'StepLR'
        assert longer[:len(curve)] == pytest.approx(curve)
        return
    falls = cfg.param_scheduler[1]
    least = falls.get('eta_min', falls.get('eta_min_ratio', 0.) * peak)
    assert .9 * peak < max(curve) <= 1.0001 * peak
    # MMEngine's schedulers stop one step before their end.
    assert end == pytest.approx(least, abs=.01 * peak)
    assert longer_end == pytest.approx(least, abs=.01 * peak)
    # The cosine falls to the end, and not back.
    falling = longer[longer.index(max(longer)):]
    assert all(two <= one for one, two in zip(falling, falling[1:]))


def test_no_pipeline_is_edited_by_position():
    for path in ROOT.glob('configs/**/*.py'):
        assert 'pipeline[' not in path.read_text(), path


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_all_pipelines_resize_alike(path):
    cfg = Config.fromfile(path)
    sizes = set()
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(loader):
            sizes |= {
                tuple(step.get('scale') or step.get('input_size'))
                for step in cfg[loader].dataset.pipeline
                if 'Resize' in step.type
            }
    width, height = sizes.pop()
    assert not sizes and path.stem.endswith(f'_{height}x{width}')
