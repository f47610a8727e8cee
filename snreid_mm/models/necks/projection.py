from collections import OrderedDict
from typing import Optional

from mmcv.cnn import build_activation_layer, build_norm_layer
from torch import nn


def build_projection(in_channels: int,
                     out_channels: int,
                     kernel_size: int = 1,
                     norm_cfg: Optional[dict] = None,
                     act_cfg: Optional[dict] = None) -> nn.Sequential:
    """Build a convolution that brings a map to another number of channels.

    The grid stays as it is. There is no bias, as in the original; a
    norm layer would take it out again.

    Args:
        in_channels (int): Channels of the map.
        out_channels (int): Channels that it is brought to.
        kernel_size (int): Side of the square kernel, an odd number. Defaults
            to 1.
        norm_cfg (dict, optional): A norm layer after it. Defaults to None.
        act_cfg (dict, optional): An activation after that. Defaults to None.

    Returns:
        nn.Sequential: ``conv``, and ``norm`` and ``act`` as configured.

    Raises:
        ValueError: If the kernel is even.
    """
    if kernel_size % 2 == 0:
        raise ValueError(
            f'kernel_size of appearance_proj is {kernel_size}, but an even '
            'kernel cannot keep the grid: write an odd number.')
    layers = OrderedDict(
        conv=nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            padding=kernel_size // 2,
            bias=False))
    if norm_cfg is not None:
        layers['norm'] = build_norm_layer(norm_cfg, out_channels)[1]
    if act_cfg is not None:
        layers['act'] = build_activation_layer(act_cfg)
    return nn.Sequential(layers)
