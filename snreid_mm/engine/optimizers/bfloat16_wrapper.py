from contextlib import contextmanager

import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from mmengine.runner import autocast
from torch import nn

from snreid_mm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class Bfloat16OptimWrapper(OptimWrapper):
    """Train in mixed precision with bfloat16, on a GPU or on a CPU.

    MMEngine's ``AmpOptimWrapper`` wants a GPU and scales the loss, because
    the small gradients of float16 vanish. bfloat16 has the range of float32
    and needs no scale, so its checkpoints are those of ``OptimWrapper``, and
    a run can be resumed with the other. A CPU with matrix units for bfloat16
    (Intel's AMX) trains 1.5 to 3 times as fast with it, see
    ``benchmarks/mixed_precision.py``; one without them is slower.

    On a CPU use it with ``ChannelsLastHook``. PyTorch 2.15's convolution of
    3 x 3 and stride 2 on bfloat16 maps of 4 x 2 positions reads memory that
    nobody wrote, and so gives NaN now and then, unless channels are last.

    For test and validation in bfloat16 on a CPU, set ``fp16=True`` in
    ``test_cfg`` and ``val_cfg``: MMEngine takes bfloat16 there, and float16
    on a GPU.

    Args:
        **kwargs: The arguments of MMEngine's ``OptimWrapper``.

    Raises:
        ValueError: If the device has no bfloat16.

    Example:
        >>> optim_wrapper = dict(
        ...     type='snreid_mm.Bfloat16OptimWrapper',
        ...     optimizer=dict(type='AdamW', lr=3.5e-4))
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        device = get_device()
        # Older GPUs have it emulated, slower than float32.
        if device not in ('cpu', 'cuda') or (
                device == 'cuda'
                and torch.cuda.get_device_capability() < (8, 0)):
            name = torch.cuda.get_device_name() if device == 'cuda' else device
            raise ValueError(
                f'{name} has no bfloat16: write optim_wrapper.type='
                'AmpOptimWrapper (float16) or OptimWrapper (float32).')

    @contextmanager
    def optim_context(self, model: nn.Module):
        """Cast what gains by it inside the block.

        Args:
            model (nn.Module): The model in training.

        Yields:
            None: The block that computes the losses.
        """
        with super().optim_context(model), autocast(dtype=torch.bfloat16):
            yield
