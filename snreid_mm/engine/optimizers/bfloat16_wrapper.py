from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from mmengine.runner import autocast
from torch import nn

from snreid_mm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class Bfloat16OptimWrapper(OptimWrapper):
    """Train in mixed precision with bfloat16, on a GPU or on a CPU.

    MMEngine's ``AmpOptimWrapper`` wants a GPU and scales the loss, because
    the small gradients of float16 vanish. bfloat16 has the range of float32
    and needs no scale, so its checkpoints are those of ``OptimWrapper``. A
    CPU with matrix units for bfloat16 (Intel's AMX) trains two to three
    times faster with it; one without is slower.

    For test and validation in bfloat16 on a CPU, set ``fp16=True`` in
    ``test_cfg`` and ``val_cfg``: MMEngine takes bfloat16 there.

    Args:
        **kwargs: The arguments of MMEngine's ``OptimWrapper``.

    Example:
        >>> optim_wrapper = dict(
        ...     type='snreid_mm.Bfloat16OptimWrapper',
        ...     optimizer=dict(type='AdamW', lr=3.5e-4))
    """

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
