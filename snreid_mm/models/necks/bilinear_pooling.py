from typing import Tuple

import torch

from snreid_mm.registry import MODELS
from ..functional import pooled_gram, signed_sqrt
from .fusion_neck import FusionNeck


@MODELS.register_module()
class BilinearPooling(FusionNeck):
    """Join appearance and parts by the full bilinear pooling.

    The outer product of the two vectors at each position, summed over the
    positions (`Bilinear CNN Models for Fine-grained Visual Recognition
    <https://arxiv.org/abs/1504.07889>`_). The embedding has C1 * C2 numbers:
    with many channels use ``appearance_proj``, or
    :class:`CompactBilinearPooling`.

    Args:
        in_channels (tuple[int]): Channels of the appearance map and of the
            part map, as they come in.
        signed_sqrt (bool): Whether to take the root of each entry's size and
            keep its sign, before the normalization. Defaults to False.
        **kwargs: The other arguments of :class:`FusionNeck`.
    """

    def __init__(
        self,
        in_channels: Tuple[int, int],
        *,
        signed_sqrt: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(in_channels, **kwargs)
        self.signed_sqrt = signed_sqrt
        self.out_channels = self.map_channels[0] * self.map_channels[1]

    def fuse(self, appearance: torch.Tensor,
             parts: torch.Tensor) -> torch.Tensor:
        """Sum the outer products, to shape (N, C1 * C2)."""
        gram = pooled_gram(appearance.flatten(2), parts.flatten(2)).flatten(1)
        return signed_sqrt(gram) if self.signed_sqrt else gram
