from copy import deepcopy

import pytest
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import nn
from versions import needs_torch

from snreid_mm.engine.hooks.state_layout import match_state_layout

FORMATS = (torch.contiguous_format, torch.channels_last)


def make(memory_format, fused):
    torch.manual_seed(0)
    model = nn.Conv2d(4, 6, 3).to(memory_format=memory_format)
    return model, OptimWrapper(
        torch.optim.Adam(model.parameters(), lr=.1, fused=fused))


def train(model, wrapper, steps):
    for step in range(steps):
        torch.manual_seed(step)
        wrapper.update_params(model(torch.rand(2, 4, 5, 5)).square().sum())


@pytest.mark.parametrize('several', [False, True])
@pytest.mark.parametrize('fused', [
    False,
    pytest.param(True, marks=needs_torch('2.4', 'fused Adam on a CPU'))
])
@pytest.mark.parametrize('before', FORMATS)
def test_a_run_goes_on_in_another_layout(before, fused, several):
    after, = set(FORMATS) - {before}
    model, wrapper = make(before, fused)
    train(model, wrapper, 3)
    resumed, resumed_wrapper = make(after, fused)
    resumed.load_state_dict(model.state_dict())
    # The loaded state shares its tensors with what it was given.
    resumed_wrapper.load_state_dict(deepcopy(wrapper.state_dict()))
    match_state_layout(
        OptimWrapperDict(a=resumed_wrapper) if several else resumed_wrapper)
    state = resumed_wrapper.optimizer.state[resumed.weight]
    assert state['exp_avg'].stride() == resumed.weight.stride()
    assert state['step'] == 3
    train(model, wrapper, 1)
    train(resumed, resumed_wrapper, 1)
    assert torch.allclose(resumed.weight, model.weight, atol=1e-5)
