from typing import Tuple

import torch
from torch import nn

from snreid_mm.registry import MODELS
from ..functional import full_precision
from .fusion_neck import FusionNeck


@MODELS.register_module()
class GatedSumFusion(FusionNeck):
    """Join appearance and parts by a gated sum.

    Both maps are brought to D channels by 1 x 1 convolutions. At each
    position and channel a gate in 0..1, computed from both maps, decides how
    much of the appearance and how much of the parts goes into the sum,
    ``gate * appearance + (1 - gate) * parts``, whose mean over the positions
    is the embedding. It is the `Gated Multimodal Unit
    <https://arxiv.org/abs/1702.01992>`_ at each position, without its tanh.

    Args:
        in_channels (tuple[int]): Channels of the appearance map and of the
            part map, as they come in.
        out_channels (int): D, the length of the embedding. Defaults to 512.
        **kwargs: The other arguments of :class:`FusionNeck`.
    """

    def __init__(
        self,
        in_channels: Tuple[int, int],
        out_channels: int = 512,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, **kwargs)
        self.out_channels = out_channels
        self.appearance_conv = nn.Conv2d(self.map_channels[0], out_channels, 1)
        self.part_conv = nn.Conv2d(self.map_channels[1], out_channels, 1)
        self.gate_conv = nn.Conv2d(sum(self.map_channels), out_channels, 1)

    def fuse(self, appearance: torch.Tensor,
             parts: torch.Tensor) -> torch.Tensor:
        """Sum the two by the gate and pool, to shape (N, D)."""
        gate = self.gate_conv(torch.cat((appearance, parts), 1)).sigmoid()
        appearance = full_precision(self.appearance_conv(appearance))
        parts = full_precision(self.part_conv(parts))
        return torch.lerp(parts, appearance, gate.to(parts.dtype)).mean((2, 3))
