"""Keep a computation out of half precision."""

from contextlib import nullcontext

import torch
from mmengine.utils import digit_version

# Before, there was one function for each kind of device.
_ASKS_BY_DEVICE = digit_version(torch.__version__) >= digit_version('2.4.0')


def is_autocast_on(device: torch.device) -> bool:
    """Return whether mixed precision is on for a device of this kind."""
    if _ASKS_BY_DEVICE:
        return torch.is_autocast_enabled(device.type)
    if device.type == 'cuda':
        return torch.is_autocast_enabled()
    return device.type == 'cpu' and torch.is_autocast_cpu_enabled()


def autocast_off(device: torch.device):
    """Return a context in which autocast is off on a device."""
    # An exported graph does not contain it where it is not needed.
    if is_autocast_on(device):
        return torch.autocast(device.type, enabled=False)
    return nullcontext()


def full_precision(tensor: torch.Tensor) -> torch.Tensor:
    """Convert a half-precision tensor to float32, and leave others."""
    if tensor.dtype in (torch.float16, torch.bfloat16):
        return tensor.float()
    return tensor
