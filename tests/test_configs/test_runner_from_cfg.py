"""Every config that needs no real data runs with MMEngine's runner alone."""

import math
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.utils import digit_version
from versions import TORCH

from snreid_mm.results.quick import forget_weights
from snreid_mm.utils.config import apply_options

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob('configs/*/*_pitch-*.py'))


class TrainedOneIteration(Exception):
    """Ends a training."""


class OneIteration(Hook):

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        assert math.isfinite(outputs['loss'])
        raise TrainedOneIteration


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_one_iteration(path, tiny_pitch, tmp_path):
    cfg = Config.fromfile(path)
    if cfg.optim_wrapper.optimizer.get('fused') and \
            TORCH < digit_version('2.4'):
        pytest.skip('torch 2.4: fused Adam on a CPU')
    # What a test lacks: the data's place, weights of other trainings.
    apply_options(cfg, dict(data_root=str(tiny_pitch)))
    forget_weights(cfg)
    cfg.work_dir = str(tmp_path)
    cfg.experiment_name = path.stem
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(name):
            cfg[name].update(num_workers=0, persistent_workers=False)
    # A sampler that fills batches has their size too.
    if 'batch_size' not in cfg.train_dataloader.sampler:
        cfg.train_dataloader.batch_size = 8
    runner = Runner.from_cfg(cfg)
    runner.register_hook(OneIteration())
    with pytest.raises(TrainedOneIteration):
        runner.train()
    head = cfg.model.get('head', {})
    if head.get('loss_cls') is not None:
        # What a checkpoint would say, and the resume guard compare.
        dataset = runner.train_dataloader.dataset
        assert runner.cfg.model.head.num_classes == dataset.num_identities


def test_there_are_such_configs():
    assert len(CONFIGS) >= 20
