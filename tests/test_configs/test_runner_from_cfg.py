"""Every config that needs no real data runs with MMEngine's runner alone."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.utils import digit_version
from one_iteration import SMALL, shrink_network, train_one_iteration
from versions import TORCH

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob('configs/*/*_pitch-*.py'))


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_one_iteration(path, tiny_pitch, tmp_path):
    cfg = Config.fromfile(path)
    if cfg.optim_wrapper.optimizer.get('fused') and \
            TORCH < digit_version('2.4'):
        pytest.skip('torch 2.4: fused Adam on a CPU')
    if (cfg.model.type == 'snreid_mm.PlayerReID'
            and cfg.model.backbone.type in SMALL):
        shrink_network(cfg)
    # A sampler that makes portions knows which sizes hold whole ones.
    size = cfg.train_dataloader.sampler.get('batch_size', 4)
    train_one_iteration(cfg, tiny_pitch, tmp_path, size)


def test_there_are_such_configs():
    assert len(CONFIGS) >= 20
