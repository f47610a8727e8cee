from abc import ABCMeta, abstractmethod
from typing import Optional, Tuple

import torch
from mmengine.model import BaseModule

from ..functional import full_precision, is_autocast_on, l2_normalize
from .projection import build_projection


class FusionNeck(BaseModule, metaclass=ABCMeta):
    """Base class of the necks that join the two streams in one embedding.

    A neck is called with the pair (appearance map, part map) of one grid.
    What a subclass adds is :meth:`fuse`.

    Sums over the grid and what follows are computed in float32, also where
    the maps are in half precision. Under mixed precision (autocast) the
    embedding stays in float32; otherwise it has the precision of the maps,
    so a model that is half precision as a whole stays so.

    Args:
        in_channels (tuple[int]): Channels of the appearance map and of the
            part map, as they come in. :class:`PlayerReID` writes them where
            a config leaves them out.
        appearance_proj (dict, optional): A convolution that brings the
            appearance map to fewer channels first, with the arguments of
            :func:`build_projection`. The original's is
            ``dict(out_channels=128, kernel_size=7)``. Defaults to None.
        normalize (bool): Whether to scale the embedding to unit length.
            Defaults to True.
        init_cfg (dict, optional): How to initialize the weights. Defaults
            to Kaiming's normal distribution for convolutions, by fan-out.

    Attributes:
        map_channels (tuple[int]): Channels of the two maps as they are
            fused, after the projection.
        out_channels (int): The length of the embedding.

    Raises:
        ValueError: If ``in_channels`` is no pair.
    """

    def __init__(
        self,
        in_channels: Tuple[int, int],
        *,
        appearance_proj: Optional[dict] = None,
        normalize: bool = True,
        init_cfg: Optional[dict] = dict(type='Kaiming', layer='Conv2d')
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self._name = type(self).__name__
        if not isinstance(in_channels, (tuple, list)) or len(in_channels) != 2:
            raise ValueError(
                f'in_channels of {self._name} is {in_channels!r}, but it '
                'joins two maps: write the channels of the appearance map and '
                'of the part map, and give the model a part_extractor.')
        self.in_channels = tuple(in_channels)
        self.normalize = normalize
        self.map_channels = self.in_channels
        self.appearance_proj = None
        if appearance_proj is not None:
            self.appearance_proj = build_projection(self.in_channels[0],
                                                    **appearance_proj)
            self.map_channels = (appearance_proj['out_channels'],
                                 self.in_channels[1])

    @abstractmethod
    def fuse(self, appearance: torch.Tensor,
             parts: torch.Tensor) -> torch.Tensor:
        """Compute one vector from two maps, before normalization.

        Args:
            appearance (Tensor): Shape (N, C1, H, W).
            parts (Tensor): Shape (N, C2, H, W).

        Returns:
            Tensor: Shape (N, D).
        """

    def forward(
            self, feats: Tuple[torch.Tensor,
                               torch.Tensor]) -> Tuple[torch.Tensor]:
        """Join the two maps.

        N: batch, H, W: grid, D: ``out_channels``.

        Args:
            feats (tuple[Tensor]): The appearance map (N, C1, H, W) and the
                part map (N, C2, H, W).

        Returns:
            tuple[Tensor]: The embedding, of shape (N, D).

        Raises:
            ValueError: If the maps have different grids, or not the channels
                of ``in_channels``.
        """
        appearance, parts = feats
        self._check(appearance, parts)
        dtype = appearance.dtype
        if parts.dtype != dtype:  # torch 2.1 cannot compile the call
            dtype = torch.promote_types(dtype, parts.dtype)
        if self.appearance_proj is not None:
            appearance = self.appearance_proj(appearance)
        embedding = full_precision(self.fuse(appearance, parts))
        if self.normalize:
            embedding = l2_normalize(embedding)
        if not is_autocast_on(embedding.device):
            embedding = embedding.to(dtype)
        return (embedding, )

    def _check(self, appearance: torch.Tensor, parts: torch.Tensor) -> None:
        # A map of one position would be broadcast silently.
        if appearance.shape[2:] != parts.shape[2:]:
            raise ValueError(
                f'{self._name} needs maps of one grid, but the appearance map '
                f'is {_grid(appearance)} and the part map {_grid(parts)} '
                '(height x width): choose other strides or stages, or have '
                'the part_extractor resize its map.')
        given = (appearance.shape[1], parts.shape[1])
        if given != self.in_channels:
            raise ValueError(
                f'in_channels of {self._name} is {self.in_channels}, but the '
                f'appearance map and the part map have {given} channels: '
                f'write in_channels={given}, or leave it out.')

    def extra_repr(self) -> str:
        return (f'in_channels={self.in_channels}, '
                f'out_channels={self.out_channels}, '
                f'normalize={self.normalize}')


def _grid(x: torch.Tensor) -> str:
    return 'x'.join(map(str, x.shape[2:]))
