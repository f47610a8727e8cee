from abc import ABCMeta, abstractmethod
from typing import Optional, Tuple

import torch
from mmengine.model import BaseModule
from torch import nn

from ..functional import full_precision, is_autocast_on, l2_normalize
from .projection import build_projection

_PROJECTION_KEYS = ('out_channels', 'kernel_size', 'norm_cfg', 'act_cfg')


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
            appearance map to fewer channels first, with the keys
            ``out_channels``, ``kernel_size`` (odd, default 1), ``norm_cfg``
            and ``act_cfg`` (both default None). The seed's is
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
        ValueError: If ``in_channels`` is no pair, or ``appearance_proj``
            cannot be built.
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
            self.appearance_proj = self._build_projection(appearance_proj)
            self.map_channels = (appearance_proj['out_channels'],
                                 self.in_channels[1])

    def _build_projection(self, cfg: dict) -> nn.Module:
        if not isinstance(cfg, dict) or 'out_channels' not in cfg:
            raise ValueError(
                f'appearance_proj of {self._name} is {cfg!r}: write a dict '
                'with out_channels, or None.')
        unknown = [key for key in cfg if key not in _PROJECTION_KEYS]
        if unknown:
            raise ValueError(
                f'appearance_proj of {self._name} has no key {unknown[0]!r}: '
                f'it takes {", ".join(_PROJECTION_KEYS)}.')
        try:
            return build_projection(self.in_channels[0], **cfg)
        except ValueError as error:
            raise ValueError(
                f'appearance_proj of {self._name}: {error}') from error

    @abstractmethod
    def fuse(self, appearance: torch.Tensor,
             parts: torch.Tensor) -> torch.Tensor:
        """Make one vector of two maps, before normalization.

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
            ValueError: If these are not two maps of one grid, with the
                channels of ``in_channels``.
        """
        appearance, parts = self._check(feats)
        dtype = torch.promote_types(appearance.dtype, parts.dtype)
        if self.appearance_proj is not None:
            appearance = self.appearance_proj(appearance)
        embedding = full_precision(self.fuse(appearance, parts))
        if self.normalize:
            embedding = l2_normalize(embedding)
        if not is_autocast_on(embedding.device):
            embedding = embedding.to(dtype)
        return (embedding, )

    def _check(self, feats) -> Tuple[torch.Tensor, torch.Tensor]:
        if not isinstance(feats, (tuple, list)) or len(feats) != 2:
            kind = (f'{len(feats)} of them'
                    if isinstance(feats, (tuple, list)) else 'one tensor')
            raise ValueError(
                f'{self._name} takes an appearance map and a part map, but '
                f'got {kind}: give the model a part_extractor, and put this '
                'neck first.')
        appearance, parts = feats
        for name, x in (('appearance', appearance), ('part', parts)):
            if x.ndim != 4:
                raise ValueError(
                    f'{self._name} takes maps (N, C, H, W), but the {name} '
                    f'map has the shape {tuple(x.shape)}.')
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
        if appearance.shape[0] != parts.shape[0]:
            raise ValueError(
                f'{self._name} got {appearance.shape[0]} appearance maps, but '
                f'{parts.shape[0]} part maps.')
        return appearance, parts

    def extra_repr(self) -> str:
        return (f'in_channels={self.in_channels}, '
                f'out_channels={self.out_channels}, '
                f'normalize={self.normalize}')


def _grid(x: torch.Tensor) -> str:
    return f'{x.shape[2]}x{x.shape[3]}'
