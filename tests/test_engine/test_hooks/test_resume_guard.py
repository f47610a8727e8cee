from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.config import Config

from snreid_mm.engine import ResumeGuardHook

CONFIG = dict(
    model=dict(backbone=dict(depth=18, init_cfg=None), loss_weight=1.0),
    optim_wrapper=dict(
        optimizer=dict(type='Adam', lr=0.1), clip_grad=dict(max_norm=1)),
    param_scheduler=[dict(type='StepLR', step_size=20)],
    train_cfg=dict(max_epochs=2),
    randomness=dict(seed=0))


def _resume(options, resume=True, **checkpoint):
    new = Config(CONFIG)
    new = Config(new.to_dict())
    new.merge_from_dict(options)
    warnings = []
    runner = SimpleNamespace(
        _resume=resume,
        cfg=new,
        param_schedulers=None,
        logger=SimpleNamespace(warning=warnings.append))
    checkpoint = dict(
        optimizer={}, meta=dict(cfg=Config(CONFIG).pretty_text)) | checkpoint
    ResumeGuardHook().after_load_checkpoint(runner, checkpoint)
    return warnings


@pytest.mark.parametrize('options', [
    {},
    {'train_cfg.max_epochs': 9},
    {'model.loss_weight': 0.5},
    {'optim_wrapper.clip_grad.max_norm': 5},
])
def test_what_resuming_honours_may_change(options):
    assert _resume(options) == []


@pytest.mark.parametrize(('key', 'old', 'new'), [
    ('optim_wrapper.optimizer.lr', 0.1, 0.2),
    ('optim_wrapper.optimizer.weight_decay', 'unset', 0.3),
    ('param_scheduler.0.step_size', 20, 5),
    ('randomness.seed', 0, 7),
    ('train_dataloader.dataset.fraction', 'unset', 0.5),
    ('model.head.num_classes', 'unset', 5),
    ('model.backbone.init_cfg', None, 'x'),
])
def test_what_resuming_ignores_is_refused_by_name(key, old, new):
    with pytest.raises(
            ValueError, match=f'{key}: {old} in the checkpoint, {new} now'):
        _resume({key: new})
    # Loading weights alone is another matter.
    _resume({key: new}, resume=False)


def test_a_loss_scale_is_compared_where_both_have_one():
    scaled = dict(type='AmpOptimWrapper', loss_scale='dynamic')
    plain = dict(type='snreid_mm.Bfloat16OptimWrapper')

    def changes(old, new):
        old, new = (Config(dict(optim_wrapper=each)) for each in (old, new))
        return ResumeGuardHook.ignored_changes(old, new)

    assert changes(scaled, plain) == changes(plain, scaled) == []
    assert changes(scaled, dict(scaled, loss_scale=512.)) == [
        ('optim_wrapper.loss_scale', 'dynamic', 512.)
    ]
    assert changes(scaled, dict(type='AmpOptimWrapper'))


def test_a_checkpoint_without_optimizer_cannot_be_resumed():
    runner = SimpleNamespace(_resume=True, cfg=Config(CONFIG))
    with pytest.raises(ValueError, match='no optimizer state'):
        ResumeGuardHook().after_load_checkpoint(runner, dict(meta={}))


def test_a_checkpoint_without_config_is_resumed_with_a_warning():
    warnings = _resume({'randomness.seed': 3}, meta={})
    assert 'holds no config' in warnings[0]


def test_a_configs_own_hooks_do_not_push_it_out():
    runtime = Config.fromfile(
        Path(__file__).parents[3] / 'configs/_base_/default_runtime.py')
    assert 'custom_hooks' not in runtime
    types = [hook['type'] for hook in runtime.default_hooks.values()]
    assert 'snreid_mm.ResumeGuardHook' in types
    assert 'snreid_mm.BatchCheckHook' in types
