from pathlib import Path

import pytest
from mmcv.cnn.bricks import DropPath
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope

from snreid_mm.registry import MODELS

CONFIGS = Path(__file__).parents[2] / 'configs'
SUFFIXES = dict(
    recipe='b32-3000i_pitch-broadcast_128x64',
    recipe_small='b32-3000i_pitch-broadcast_96x48')
STEPS = dict(
    recipe=('snreid', 'batches', 'adamw', 'unit-length', 'augmented',
            'players'),
    recipe_small=('snreid', 'batches', 'adamw', 'unit-length', 'all-actions',
                  'identity-softmax', 'no-classifier'))
# Each beside the last step.
VARIANTS = dict(
    recipe=('one-action', 'outwards', 'no-classifier', 'centroid', 'info-nce',
            'info-nce-batch', 'identity-softmax', 'bn-neck', 'letterbox'),
    recipe_small=('one-fifth', 'triplet', 'info-nce', 'info-nce-batch',
                  'centroid', 'one-action', 'outwards', 'players',
                  'colour-jitter', 'random-crop', 'erasing', 'bn-neck',
                  'letterbox', 'ema', 'two-stream', 'may-meet', 'attributes',
                  'arcface', 'multi-similarity', 'drop-path', 'pretrained',
                  'layer-decay'))
# What a row starts from, and one that sees as much from random weights.
LONGER = 'longer_b32-6000i_pitch-broadcast_96x48'
PRETRAINING = 'pretraining_b32-3000i_pitch-demo_96x48'
CHANGES = {
    'batches': {'train_dataloader'},
    'adamw': {'optim_wrapper', 'param_scheduler'},
    'unit-length': {'model'},
    'augmented': {'train_dataloader'},
    'players': {'train_dataloader'},
    'all-actions': {'train_dataloader'},
    'one-fifth': {'train_dataloader'},
    'colour-jitter': {'train_dataloader'},
    'random-crop': {'train_dataloader'},
    'one-action': {'train_dataloader'},
    'outwards': {'train_dataloader'},
    'no-classifier': {'model'},
    'centroid': {'model'},
    'info-nce': {'model', 'optim_wrapper'},
    'info-nce-batch': {'model', 'optim_wrapper'},
    'identity-softmax': {'model'},
    'bn-neck': {'model'},
    'letterbox': {'train_dataloader', 'val_dataloader', 'test_dataloader'},
    'triplet': {'model'},
    'erasing': {'train_dataloader'},
    'ema': {'custom_hooks'},
    'two-stream': {'model'},
    'may-meet': {'train_dataloader'},
    'attributes': {'model', 'train_dataloader'},
    'arcface': {'model'},
    'multi-similarity': {'model'},
    'drop-path': {'model'},
    'pretrained': {'model'},
    'layer-decay': {'optim_wrapper'},
}
# What a variant stands beside that is none of the last step.
BESIDE = {'may-meet': 'outwards', 'layer-decay': 'pretrained'}
# What MMEngine reads; the rest are helpers of the files.
READ = ('model', 'train_dataloader', 'val_dataloader', 'test_dataloader',
        'optim_wrapper', 'param_scheduler', 'train_cfg', 'default_hooks',
        'custom_hooks')
ROWS = [(family, row) for family in STEPS
        for row in (*STEPS[family], *VARIANTS[family])]


def load(family, row):
    path = CONFIGS / family / f'{row}_{SUFFIXES[family]}.py'
    return Config.fromfile(path).to_dict()


def changed(family, row, other):
    row, other = load(family, row), load(family, other)
    return {key for key in READ if row.get(key) != other.get(key)}


@pytest.mark.parametrize('family', STEPS)
def test_these_are_all(family):
    assert {path.stem
            for path in (CONFIGS / family).glob('*.py')} == {
                f'{row}_{SUFFIXES[family]}'
                for each, row in ROWS if each == family
            } | ({PRETRAINING, LONGER} if family == 'recipe_small' else set())


@pytest.mark.parametrize(('family', 'before', 'row'),
                         [(family, *pair) for family, steps in STEPS.items()
                          for pair in zip(steps, steps[1:])])
def test_each_step_changes_its_part_alone(family, before, row):
    assert changed(family, row, before) == CHANGES[row]


@pytest.mark.parametrize(('family', 'row'), [(family, row)
                                             for family, row in ROWS
                                             if row in VARIANTS[family]])
def test_each_variant_changes_its_part_alone(family, row):
    other = BESIDE.get(row, STEPS[family][-1])
    assert changed(family, row, other) == CHANGES[row]


@pytest.mark.parametrize(('family', 'row'), ROWS)
def test_all_see_as_many_images(family, row):
    cfg = load(family, row)
    assert cfg['train_dataloader']['batch_size'] == 32
    assert cfg['train_cfg']['max_iters'] == 3000


def test_the_pretraining_is_the_last_step_on_another_pitch():
    path = CONFIGS / 'recipe_small' / f'{PRETRAINING}.py'
    there, here = Config.fromfile(path), load('recipe_small', 'no-classifier')
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        assert there[loader].dataset.pop('data_root') == 'data/pitch-demo'
        here[loader]['dataset'].pop('data_root')
    there = there.to_dict()
    assert all(there.get(key) == here.get(key) for key in READ)
    # Where it leaves its weights, by its name and its last iteration.
    assert load('recipe_small', 'pretrained')['model']['init_cfg'] == dict(
        type='Pretrained',
        checkpoint=f'work_dirs/{PRETRAINING}/'
        f'iter_{there["train_cfg"]["max_iters"]}.pth')


def test_the_longer_one_is_the_last_step_twice_as_long():
    long = Config.fromfile(CONFIGS / 'recipe_small' / f'{LONGER}.py').to_dict()
    last = load('recipe_small', 'no-classifier')
    assert {key for key in READ if long.get(key) != last.get(key)
            } == {'train_cfg', 'default_hooks'}
    assert long['train_cfg']['max_iters'] == 2 * last['train_cfg']['max_iters']


def test_rates_fall_from_stage_to_stage():
    cfg = load('recipe_small', 'layer-decay')
    model = cfg['model']
    model.update(init_cfg=None)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(model)
        optimizer = build_optim_wrapper(model, cfg['optim_wrapper']).optimizer
    rates = {
        id(param): group['lr'] / optimizer.defaults['lr']
        for group in optimizer.param_groups for param in group['params']
    }
    places = ('backbone.conv1.', 'backbone.bn1.', 'backbone.layer1.',
              'backbone.layer2.', 'backbone.layer3.', 'neck.')
    powers = (4, 4, 3, 2, 1, 0)
    for name, param in model.named_parameters():
        power, = (each for place, each in zip(places, powers)
                  if name.startswith(place))
        assert rates[id(param)] == pytest.approx(.75**power), name


def test_branches_are_dropped_as_the_config_says():
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(load('recipe_small', 'drop-path')['model'])
    shares = [
        module.drop_prob for module in model.modules()
        if isinstance(module, DropPath)
    ]
    assert shares == sorted(shares)
    assert max(shares) == pytest.approx(.07, abs=.005)
