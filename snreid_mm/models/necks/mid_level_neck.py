from typing import Optional, Tuple

import torch
from mmengine.model import BaseModule
from mmpretrain.models.necks import LinearNeck

from snreid_mm.registry import MODELS


@MODELS.register_module()
class MidLevelNeck(BaseModule):
    """Join earlier maps to the last one, all averaged over their positions.

    The neck of `The Devil is in the Middle: Exploiting Mid-level
    Representations for Cross-Domain Instance Matching
    <https://arxiv.org/abs/1711.08106>`_. The last maps but one are averaged,
    concatenated and sent through a fully connected layer. The last map is
    averaged and stays as it is. With :class:`ResNetMid` of depth 50 and the
    defaults this is torchreid's ``resnet50mid``: 1,024 + 2,048 numbers.

    Args:
        in_channels (int): Channels of each map. :class:`PlayerReID` writes
            them where a config leaves them out.
        mid_channels (int): The width of the fully connected layer. Defaults
            to 1024.
        num_mid (int): How many maps before the last are joined. Defaults
            to 2.
        norm_cfg (dict, optional): The norm layer after the fully connected
            one. Defaults to batch normalization.
        act_cfg (dict, optional): The activation after that. Defaults to
            ReLU.
        init_cfg (dict, optional): How to initialize the weights. Defaults
            to a normal distribution of 0.01, as in torchreid.

    Attributes:
        out_channels (int): The length of the embedding.
    """

    def __init__(
        self,
        in_channels: int,
        mid_channels: int = 1024,
        num_mid: int = 2,
        norm_cfg: Optional[dict] = dict(type='BN1d'),
        act_cfg: Optional[dict] = dict(type='ReLU'),
        init_cfg: Optional[dict] = dict(type='Normal', layer='Linear', std=.01)
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.in_channels = in_channels
        self.num_mid = num_mid
        self.out_channels = mid_channels + in_channels
        self.mid = LinearNeck(
            num_mid * in_channels,
            mid_channels,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg)

    def forward(self, feats: Tuple[torch.Tensor, ...]) -> Tuple[torch.Tensor]:
        """Join the maps.

        Args:
            feats (tuple[Tensor]): Maps of shape (N, in_channels, H, W), at
                least ``num_mid + 1``, of which the last ones are taken.

        Returns:
            tuple[Tensor]: The embedding, of shape (N, out_channels), what
            the fully connected layer gives first.

        Raises:
            ValueError: If there are fewer maps, or one has other channels.
        """
        feats = feats if isinstance(feats, (tuple, list)) else (feats, )
        maps = feats[-self.num_mid - 1:]
        given = [tuple(x.shape[1:]) for x in feats]
        if len(maps) <= self.num_mid or any(
                x.ndim != 4 or x.shape[1] != self.in_channels for x in maps):
            raise ValueError(
                f'MidLevelNeck joins {self.num_mid + 1} maps of '
                f'{self.in_channels} channels, but it is given outputs of '
                f'shape {", ".join(map(str, given))} for each image: use the '
                'backbone snreid_mm.ResNetMid, which gives the blocks of its '
                'last stage, or another neck')
        *mids, last = [x.mean((2, 3)) for x in maps]
        return (torch.cat((*self.mid(torch.cat(mids, 1)), last), 1), )
