"""A small two-stream model as the tools are given one: a config file and a
checkpoint."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

CONFIG = """
_base_ = [
    '{root}/configs/_base_/datasets/pitch_96x48.py',
    '{root}/configs/_base_/default_runtime.py',
]
model = dict(
    type='snreid_mm.PlayerReID',
    backbone=dict(
        type='ResNet', depth=18, stem_channels=8, base_channels=8,
        num_stages=3, out_indices=(2, ), strides=(1, 2, 2),
        dilations=(1, 1, 1)),
    part_extractor=dict(
        type='snreid_mm.FixedParts', num_parts=3, grid=(6, 3)),
    neck=[
        dict(
            type='snreid_mm.CompactBilinearPooling', out_channels=32,
            signed_sqrt=True, normalize=False),
        dict(type='LinearNeck', out_channels=16, norm_cfg=dict(type='BN1d')),
    ],
    head=dict(type='snreid_mm.ReIDHead', num_classes=4),
    normalize_embedding=True,
    input_size=(96, 48))
"""


@pytest.fixture(scope='session')
def small_model(tmp_path_factory):
    """The paths of a config and of a checkpoint. Do not change them."""
    import torch
    from mmengine.config import Config
    from mmengine.registry import DefaultScope
    from mmengine.runner import save_checkpoint

    from snreid_mm.registry import MODELS
    folder = tmp_path_factory.mktemp('small_model')
    config = folder / 'small.py'
    config.write_text(CONFIG.format(root=ROOT))
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        cfg = Config.fromfile(config)
        model = MODELS.build(cfg.model)
        model.init_weights()
    checkpoint = folder / 'epoch_1.pth'
    save_checkpoint(dict(state_dict=model.state_dict()), str(checkpoint))
    return str(config), str(checkpoint)
