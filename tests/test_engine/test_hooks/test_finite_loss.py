import math
from types import SimpleNamespace

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.optim import AmpOptimWrapper
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import DataLoader

from snreid_mm.engine import FiniteLossHook, WholeCheckpointHook


class Model(BaseModel):
    """Its loss is what the data says, times one."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.register_buffer('mean', torch.zeros(1))

    def forward(self, inputs, mode='loss'):
        if inputs < 0:  # the loss is good, the weights are not
            self.mean += math.nan
            inputs = -inputs
        return dict(loss_good=self.weight.sum(),
                    loss_bad=(inputs * self.weight).sum())


def _train(folder, losses, **options):
    data = [dict(inputs=torch.tensor([float(loss)])) for loss in losses]
    Runner(
        Model(),
        str(folder),
        train_dataloader=DataLoader(data),
        train_cfg=dict(by_epoch=False, max_iters=len(losses)),
        optim_wrapper=dict(
            optimizer=dict(type='SGD', lr=0.), clip_grad=dict(max_norm=1)),
        default_hooks=dict(
            checkpoint=WholeCheckpointHook(interval=1, by_epoch=False)),
        custom_hooks=[FiniteLossHook(**options)],
        default_scope='mmengine',
        experiment_name=f'{folder.name}-finite').train()


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_it_stops_at_the_step_and_names_the_loss(tmp_path, value):
    with pytest.raises(
            FloatingPointError,
            match='In step 3 loss is (nan|inf|-inf), loss_bad is .*stops'):
        _train(tmp_path, [1, 2, value if value != -math.inf else math.inf, 4])
    assert sorted(path.name for path in tmp_path.glob('*.pth')) == [
        'iter_1.pth', 'iter_2.pth'
    ]
    assert (tmp_path / 'last_checkpoint').read_text().endswith('iter_2.pth')


def test_finite_losses_pass(tmp_path):
    _train(tmp_path, [1, 2, 3])
    assert (tmp_path / 'iter_3.pth').is_file()


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    with pytest.raises(FloatingPointError,
                       match='After step 2 1 weights .*mean is the first'):
        _train(tmp_path, [1, -1, 3])
    assert [path.name for path in tmp_path.glob('*.pth')] == ['iter_1.pth']


def _look(hook, losses, wrapper=None):
    for step, loss in enumerate(losses):
        hook.after_train_iter(
            SimpleNamespace(iter=step, optim_wrapper=wrapper),
            step,
            outputs=dict(loss=torch.tensor(loss), accuracy=math.nan))


def test_a_number_of_steps_in_a_row_can_be_let_pass():
    nan = math.nan
    _look(FiniteLossHook(tolerance=2), [1., nan, nan, 1., nan, nan])
    with pytest.raises(FloatingPointError, match='In step 4 '):
        _look(FiniteLossHook(tolerance=2), [1., nan, nan, nan])


class Scaled(AmpOptimWrapper):
    """One whose scale falls at every look, as where a step is left out."""

    def __init__(self, falls):
        self.falls, self.scale = falls, 2.**16
        self.loss_scaler = self

    def get_scale(self):
        self.scale /= 2 if self.falls else 1
        return self.scale


@pytest.mark.parametrize(('falls', 'steps'), [(True, 40), (False, 0)])
def test_steps_that_mixed_precision_leaves_out_pass(falls, steps):
    hook, wrapper = FiniteLossHook(), Scaled(falls)
    hook.before_train(SimpleNamespace(optim_wrapper=wrapper))
    _look(hook, [math.inf] * steps, wrapper)
    with pytest.raises(FloatingPointError):
        _look(hook, [math.inf], wrapper)
