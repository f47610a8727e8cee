from typing import Optional, Tuple

import torch
from mmcv.cnn import build_norm_layer
from torch import nn

from snreid_mm.registry import MODELS
from ..functional import full_precision
from .fusion_neck import FusionNeck


@MODELS.register_module()
class ConcatFusion(FusionNeck):
    """Join appearance and parts by concatenation.

    The simplest way to join two streams, to compare bilinear pooling with:
    it knows which parts there are, but not what is seen at which part.
    With ``join='maps'`` it can tell, as far as one layer can: the maps are
    concatenated, mixed by a 1 x 1 convolution, a norm layer and a ReLU, and
    pooled last. Without the ReLU both ways would be the same.

    Args:
        in_channels (tuple[int]): Channels of the appearance map and of the
            part map, as they come in.
        out_channels (int, optional): The length of the embedding. None is
            C1 + C2, and with ``join='vectors'`` no linear layer follows.
            Defaults to None.
        join (str): ``'vectors'`` pools each map first, ``'maps'`` pools
            last. Defaults to ``'vectors'``.
        norm_cfg (dict): The norm layer of ``join='maps'``. Defaults to batch
            normalization.
        **kwargs: The other arguments of :class:`FusionNeck`.

    Raises:
        ValueError: If ``join`` is none of the two.
    """

    def __init__(
        self,
        in_channels: Tuple[int, int],
        out_channels: Optional[int] = None,
        *,
        join: str = 'vectors',
        norm_cfg: dict = dict(type='BN'),
        **kwargs,
    ) -> None:
        super().__init__(in_channels, **kwargs)
        if join not in ('vectors', 'maps'):
            raise ValueError(f'join of {self._name} is {join!r}: write '
                             '\'vectors\' or \'maps\'.')
        channels = sum(self.map_channels)
        self.join = join
        self.out_channels = out_channels or channels
        self.fc = self.mix = None
        if join == 'maps':
            self.mix = nn.Sequential(
                nn.Conv2d(channels, self.out_channels, 1, bias=False),
                build_norm_layer(norm_cfg, self.out_channels)[1],
                nn.ReLU(inplace=True))
        elif out_channels is not None:
            self.fc = nn.Linear(channels, out_channels)

    def fuse(self, appearance: torch.Tensor,
             parts: torch.Tensor) -> torch.Tensor:
        """Concatenate and pool, to shape (N, D)."""
        if self.join == 'maps':
            mixed = self.mix(torch.cat((appearance, parts), 1))
            return full_precision(mixed).mean((2, 3))
        means = torch.cat(
            [full_precision(x).mean((2, 3)) for x in (appearance, parts)], 1)
        if self.fc is None:
            return means
        return self.fc(means.to(self.fc.weight.dtype))
