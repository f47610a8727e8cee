"""The order in memory of an optimizer's state."""

from typing import Union

import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict


def match_state_layout(
        optim_wrapper: Union[OptimWrapper, OptimWrapperDict]) -> None:
    """Keep each moment in memory in the order of its parameter.

    A checkpoint keeps the order that its tensors had. PyTorch's fused Adam on
    a CPU goes through a parameter and its moments as they lie in memory, so
    that moments of another order (``ChannelsLastHook`` came or went between
    saving and resuming) would go to the wrong weights, without an error.
    """
    wrappers = optim_wrapper.values() \
        if isinstance(optim_wrapper, OptimWrapperDict) else [optim_wrapper]
    for wrapper in wrappers:
        for parameter, state in wrapper.optimizer.state.items():
            for name, value in state.items():
                if torch.is_tensor(value) and value.shape == parameter.shape \
                        and value.stride() != parameter.stride():
                    state[name] = torch.empty_like(
                        parameter, dtype=value.dtype).copy_(value)
