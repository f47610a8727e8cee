from pathlib import Path

import pytest

CONFIG = '''
data_root = 'nowhere'
model = dict(type='Model')
train_dataloader = dict(dataset=dict(data_root=data_root, split='train'))
val_dataloader = dict(dataset=dict(data_root=data_root, split='valid'))
test_dataloader = dict(
    dataset=dict(
        data_root=data_root,
        split='test',
        pipeline=[dict(type='snreid_mm.LoadCropFromFile')]))
train_cfg = dict(by_epoch=True, max_epochs=4)
default_hooks = dict(checkpoint=dict(type='CheckpointHook', max_keep_ckpts=1))
test_evaluator = dict(type='snreid_mm.ActionRetrievalMetric')
'''


@pytest.fixture
def write_config(tmp_path):
    """Write a config that is planned with, but never built."""

    def write(name='small', more='') -> str:
        path = Path(tmp_path, f'{name}.py')
        path.write_text(CONFIG + more)
        return str(path)

    return write


@pytest.fixture
def make_run(write_config, tmp_path):
    """Plan one run."""
    from snreid_mm.results.plan import plan_runs

    def make(name='small', more='', **kwargs):
        return plan_runs([(write_config(name, more), name)],
                         tmp_path / 'work', [0], **kwargs)[0]

    return make
