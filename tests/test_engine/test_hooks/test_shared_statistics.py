"""That two processes validate what they save is tested in
tests/test_tools/test_train.py."""

from types import SimpleNamespace

import torch
from mmengine.hooks import EMAHook
from mmengine.runner import get_priority
from torch import nn

from snreid_mm.engine import SharedStatisticsHook
from snreid_mm.engine.hooks import shared_statistics


def test_it_averages_what_has_a_mean(monkeypatch):
    calls = []
    monkeypatch.setattr(shared_statistics, 'all_reduce_params',
                        lambda buffers, op: calls.append(([*buffers], op)))
    norm = nn.BatchNorm1d(3)
    model = nn.Sequential(norm, nn.BatchNorm1d(3).eval())  # one is frozen
    model.register_buffer('mean', torch.rand(3))
    SharedStatisticsHook().after_train_iter(SimpleNamespace(model=model), 0)
    (buffers, op), = calls
    assert op == 'mean'
    # Not the number of batches, and no other buffers.
    assert [*map(id, buffers)] == [id(norm.running_mean), id(norm.running_var)]


def test_it_comes_before_the_moving_average():
    assert get_priority(SharedStatisticsHook.priority) < get_priority(
        EMAHook.priority)


def test_one_process_is_left_alone():
    norm = nn.BatchNorm1d(3)
    norm(torch.randn(4, 3))
    before = norm.running_mean.clone()
    SharedStatisticsHook().after_train_iter(SimpleNamespace(model=norm), 0)
    assert torch.equal(norm.running_mean, before)
