"""Train a config for one iteration on a tiny pitch, without its weights."""

import math

import pytest
from mmengine.hooks import Hook
from mmengine.runner import Runner

from snreid_mm.results.quick import forget_weights
from snreid_mm.utils.config import apply_options

_VIT = dict(
    embed_dims=32, num_layers=2, num_heads=2, feedforward_channels=64)
# A small network of each kind, for those whose size the test does not ask.
SMALL = dict(
    VisionTransformer=dict(arch=_VIT),
    DeiT3=dict(arch=_VIT),
    ViTEVA02=dict(arch=_VIT),
    SwinTransformer=dict(
        arch=dict(
            embed_dims=16, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2])),
    ConvNeXt=dict(arch=dict(depths=[1, 1, 1, 1], channels=[8, 16, 24, 32])),
    ResNet=dict(stem_channels=8, base_channels=8))
SMALL['snreid_mm.OSNet'] = dict(width=.25)


class TrainedOneIteration(Exception):
    """Ends a training."""


class OneIteration(Hook):

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        assert math.isfinite(outputs['loss'])
        raise TrainedOneIteration


def shrink_network(cfg):
    """Make a backbone of a kind in ``SMALL`` narrow and shallow; its outputs
    keep their grid."""
    backbone = cfg.model.backbone
    backbone.update(SMALL[backbone.type])
    layers = cfg.get('activation_checkpointing')
    if layers:
        cfg.activation_checkpointing = layers[:2]
    if len(backbone.get('out_indices') or ()) > 2 and \
            backbone.get('arch') == _VIT:
        backbone.arch = dict(_VIT, num_layers=3)
        backbone.out_indices = (0, 1, 2)
    pose = (cfg.model.get('part_extractor') or {}).get('pose_estimator')
    if pose and pose.backbone.type == 'HRNet':
        for stage in pose.backbone.extra.values():
            stage.update(
                num_modules=1,
                num_blocks=(1, ) * stage.num_branches,
                num_channels=tuple(4 * 2**i
                                   for i in range(stage.num_branches)))
        pose.head.in_channels = 4


def train_one_iteration(cfg, data_root, work_dir, batch_size=8):
    """Train for one iteration; return the runner."""
    # What a test lacks: the data's place, weights of other trainings.
    apply_options(cfg, dict(data_root=str(data_root)))
    forget_weights(cfg)
    cfg.work_dir = str(work_dir)
    cfg.experiment_name = cfg.filename.split('/')[-1]
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        if cfg.get(name):
            cfg[name].update(num_workers=0, persistent_workers=False)
    cfg.train_dataloader.batch_size = batch_size
    if 'batch_size' in cfg.train_dataloader.sampler:
        cfg.train_dataloader.sampler.batch_size = batch_size
    runner = Runner.from_cfg(cfg)
    runner.register_hook(OneIteration())
    with pytest.raises(TrainedOneIteration):
        runner.train()
    head = cfg.model.get('head', {})
    if head.get('loss_cls') is not None:
        # What a checkpoint would say, and the resume guard compare.
        dataset = runner.train_dataloader.dataset
        assert runner.cfg.model.head.num_classes == dataset.num_identities
    return runner
