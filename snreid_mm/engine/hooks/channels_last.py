import torch
from mmengine.hooks import Hook
from torch import nn

from snreid_mm.registry import HOOKS


@HOOKS.register_module()
class ChannelsLastHook(Hook):
    """Keep convolutions' weights with their channels last in memory.

    Matrix units for float16 and bfloat16, of GPUs and of CPUs, want the
    channels of a position side by side; PyTorch then keeps the feature maps
    in that order too. The numbers are the same but for rounding. Convolutions
    over images alone are touched, and a checkpoint can be loaded with and
    without it. With ``DistributedDataParallel``, which has made its buckets by
    then, PyTorch warns that the strides of the gradients differ from theirs.

    Example:
        >>> custom_hooks = [dict(type='snreid_mm.ChannelsLastHook')]
    """

    # Before the moving average of the weights is copied from them.
    priority = 'VERY_HIGH'

    def before_run(self, runner) -> None:
        """Reorder the weights.

        Args:
            runner (Runner): The runner of the training or test.
        """
        for module in runner.model.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                module.to(memory_format=torch.channels_last)
