from pathlib import Path

import pytest
from mmengine.config import Config

FAMILY = Path(__file__).parents[2] / 'configs/recipe'
SUFFIX = 'b32-3000i_pitch-broadcast_128x64'
STEPS = ('snreid', 'batches', 'adamw', 'unit-length', 'augmented', 'players')
# Each beside the last step.
VARIANTS = ('one-action', 'outwards', 'no-classifier', 'centroid', 'info-nce',
            'info-nce-batch', 'identity-softmax', 'bn-neck', 'letterbox')
CHANGES = {
    'batches': {'train_dataloader'},
    'adamw': {'optim_wrapper', 'param_scheduler'},
    'unit-length': {'model'},
    'augmented': {'train_dataloader'},
    'players': {'train_dataloader'},
    'one-action': {'train_dataloader'},
    'outwards': {'train_dataloader'},
    'no-classifier': {'model'},
    'centroid': {'model'},
    'info-nce': {'model', 'optim_wrapper'},
    'info-nce-batch': {'model', 'optim_wrapper'},
    'identity-softmax': {'model'},
    'bn-neck': {'model'},
    'letterbox': {'train_dataloader', 'val_dataloader', 'test_dataloader'},
}
# What MMEngine reads; the rest are helpers of the files.
READ = ('model', 'train_dataloader', 'val_dataloader', 'test_dataloader',
        'optim_wrapper', 'param_scheduler', 'train_cfg', 'default_hooks',
        'custom_hooks')


def load(row):
    return Config.fromfile(FAMILY / f'{row}_{SUFFIX}.py').to_dict()


def changed(row, other):
    return {key for key in READ if load(row).get(key) != load(other).get(key)}


def test_these_are_all():
    assert {path.stem
            for path in FAMILY.glob('*.py')
            } == {f'{row}_{SUFFIX}'
                  for row in (*STEPS, *VARIANTS)}


@pytest.mark.parametrize(('before', 'row'), zip(STEPS, STEPS[1:]))
def test_each_step_changes_its_part_alone(before, row):
    assert changed(row, before) == CHANGES[row]


@pytest.mark.parametrize('row', VARIANTS)
def test_each_variant_changes_its_part_alone(row):
    assert changed(row, STEPS[-1]) == CHANGES[row]


@pytest.mark.parametrize('row', (*STEPS, *VARIANTS))
def test_all_see_as_many_images(row):
    cfg = load(row)
    assert cfg['train_dataloader']['batch_size'] == 32
    assert cfg['train_cfg']['max_iters'] == 3000
