"""Keep a computation out of half precision."""

from contextlib import nullcontext

import torch
from mmengine.utils import digit_version

# Before, there was one function for each kind of device.
_ASKS_BY_DEVICE = digit_version(torch.__version__) >= digit_version('2.4.0')


def is_autocast_on(device: torch.device) -> bool:
    """Whether mixed precision is on for a device of this kind.

    Args:
        device (torch.device): The device.

    Returns:
        bool: Whether autocast is on there.
    """
    if _ASKS_BY_DEVICE:
        return torch.is_autocast_enabled(device.type)
    if device.type == 'cuda':
        return torch.is_autocast_enabled()
    return device.type == 'cpu' and torch.is_autocast_cpu_enabled()


def autocast_off(device: torch.device):
    """Return a context without mixed precision.

    Args:
        device (torch.device): The device.

    Returns:
        context manager: One that switches autocast off there, if it is on.
    """
    # An exported graph does not contain it where it is not needed.
    if is_autocast_on(device):
        return torch.autocast(device.type, enabled=False)
    return nullcontext()


def full_precision(tensor: torch.Tensor) -> torch.Tensor:
    """Convert a half-precision tensor to float32, and leave others.

    Args:
        tensor (Tensor): A floating tensor.

    Returns:
        Tensor: The tensor in float32, or float64 if it was that.
    """
    if tensor.dtype in (torch.float16, torch.bfloat16):
        return tensor.float()
    return tensor
