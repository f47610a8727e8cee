from typing import List, Optional, Sequence, Tuple, Union

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule, build_norm_layer
from mmengine.model import BaseModule
from mmpretrain.models.backbones.base_backbone import BaseBackbone
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from snreid_mm.registry import MODELS
from ..utils.checkpoint import CheckpointRule, refuse_misfits

# Channels of the stem and of the stages, by the width of the network.
_CHANNELS = {
    1.0: (64, 256, 384, 512),
    0.75: (48, 192, 288, 384),
    0.5: (32, 128, 192, 256),
    0.25: (16, 64, 96, 128),
}
_STAGES = ('conv2', 'conv3', 'conv4', 'conv5')


@MODELS.register_module()
class OSNet(BaseBackbone):
    """The network of `Omni-Scale Feature Learning for Person
    Re-Identification <https://arxiv.org/abs/1905.00953>`_.

    Small, and made for re-identification: each block looks at four scales at
    once and weighs their channels by what it sees. The total stride is 16,
    so an image of 256 x 128 gives a map of 16 x 8.

    Weights have the names of the authors' code (torchreid), so that a
    published checkpoint, of ImageNet or of a re-identification data set, can
    be given to ``init_cfg`` as it is. Its fully connected layer (``fc``) and
    its ``classifier`` come after the backbone and are left out.
    ``tools/model_converters/osnet_to_snreid.py`` brings the layer along.

    Args:
        width (float): Which of the published networks: 1.0, 0.75, 0.5 or
            0.25 times the channels. Defaults to 1.0.
        in_channels (int): Channels of the image. Defaults to 3.
        out_indices (Sequence[int]): The stages that give an output, counted
            from 0: the two stages of stride 8 and 16 that end in a pooling
            (``conv2``, ``conv3``), then ``conv4`` and ``conv5``, of stride
            16. Defaults to ``(3, )``.
        frozen_stages (int): How many stages are frozen, their norm layers
            in evaluation mode. 0 freezes the stem, 1 the first stage too,
            and so on; -1 freezes nothing. Defaults to -1.
        norm_cfg (dict): The norm layer. Published weights need batch
            normalization. Defaults to ``dict(type='BN')``.
        norm_eval (bool): Whether all batch norms stay in evaluation mode.
            Defaults to False.
        init_cfg (dict | list[dict], optional): How to initialize the
            weights. ``dict(type='Pretrained', checkpoint=...)`` must hold
            all of the backbone's; ``prefix='backbone.'`` reads those of a
            model. Defaults to He's initialization.

    Raises:
        KeyError: If no network of that width is published.
        ValueError: If there is no such stage.

    Example:
        >>> import torch
        >>> from snreid_mm.models import OSNet
        >>> model = OSNet(width=0.25, out_indices=(0, 1, 2, 3))
        >>> for output in model(torch.rand(1, 3, 256, 128)):
        ...     print(tuple(output.shape))
        (1, 64, 32, 16)
        (1, 96, 16, 8)
        (1, 128, 16, 8)
        (1, 128, 16, 8)
    """

    def __init__(
        self,
        width: float = 1.0,
        in_channels: int = 3,
        out_indices: Sequence[int] = (3, ),
        frozen_stages: int = -1,
        norm_cfg: dict = dict(type='BN'),
        norm_eval: bool = False,
        init_cfg: Union[dict, List[dict], None] = [
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', val=1, layer='_BatchNorm'),
        ]
    ) -> None:
        super().__init__(init_cfg)
        if not set(out_indices) <= set(range(len(_STAGES))):
            raise ValueError(
                f'out_indices of OSNet is {out_indices!r}: write stages from '
                f'0 to {len(_STAGES) - 1}, such as (1, 2, 3).')
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval

        stem, *stages = _CHANNELS[width]
        self.conv1 = ConvModule(
            in_channels, stem, 7, stride=2, padding=3, norm_cfg=norm_cfg)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        given = stem
        for name, channels in zip(_STAGES, stages):  # all but conv5
            layers = [
                OSBlock(given, channels, norm_cfg),
                OSBlock(channels, channels, norm_cfg)
            ]
            if name != 'conv4':  # which keeps its grid
                layers.append(
                    nn.Sequential(
                        ConvModule(channels, channels, 1, norm_cfg=norm_cfg),
                        nn.AvgPool2d(2, stride=2)))
            self.add_module(name, nn.Sequential(*layers))
            given = channels
        self.conv5 = ConvModule(given, given, 1, norm_cfg=norm_cfg)
        self._freeze_stages()
        refuse_misfits(
            self,
            CheckpointRule(
                f'OSNet of width {width}',
                'Give a published checkpoint of this width (another has other '
                'shapes); for that of a model, add prefix=\'backbone.\' to '
                'init_cfg.',
                free=('fc', 'classifier')))

    def forward(self, x: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """Extract the maps of the stages.

        Args:
            x (Tensor): Images. Shape (N, in_channels, H, W).

        Returns:
            tuple[Tensor]: The maps (N, C, h, w) of ``out_indices``, first to
            last.
        """
        x = self.maxpool(self.conv1(x))
        outputs = []
        for i, name in enumerate(_STAGES):
            x = getattr(self, name)(x)
            if i in self.out_indices:
                outputs.append(x)
        return tuple(outputs)

    def _freeze_stages(self) -> None:
        """Freeze the stem and the first stages."""
        if self.frozen_stages < 0:
            return
        for name in ('conv1', *_STAGES[:self.frozen_stages]):
            getattr(self, name).eval().requires_grad_(False)

    def train(self, mode: bool = True) -> 'OSNet':
        """Set the mode, except for what is frozen."""
        super().train(mode)
        self._freeze_stages()
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def get_layer_depth(self,
                        param_name: str,
                        prefix: str = '') -> Tuple[int, int]:
        """Return the depth of a parameter, for layer-wise learning rates.

        Args:
            param_name (str): The name of the parameter.
            prefix (str): What stands before the backbone's names, such as
                ``'backbone.'``. Defaults to ''.

        Returns:
            tuple[int, int]: Its depth, and the number of depths: 0 is the
            stem, 1 to 4 are the stages, 5 is what comes after the backbone.
        """
        names = ('conv1', *_STAGES)
        depth = len(names)
        if param_name.startswith(prefix):
            name = param_name[len(prefix):].split('.')[0]
            depth = names.index(name) if name in names else depth
        return depth, len(names) + 1


class OSBlock(BaseModule):
    """A residual block of four streams, each one light convolution deeper.

    The streams see 3 x 3, 5 x 5, 7 x 7 and 9 x 9 positions. One gate, which
    all of them share, weighs their channels before they are summed.

    Args:
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output; a quarter in between.
        norm_cfg (dict): The norm layer.
    """

    def __init__(self, in_channels: int, out_channels: int,
                 norm_cfg: dict) -> None:
        super().__init__()
        mid = out_channels // 4
        self.conv1 = ConvModule(in_channels, mid, 1, norm_cfg=norm_cfg)
        self.conv2a = LightConv(mid, norm_cfg)
        for depth, name in ((2, 'conv2b'), (3, 'conv2c'), (4, 'conv2d')):
            self.add_module(
                name,
                nn.Sequential(*(LightConv(mid, norm_cfg)
                                for _ in range(depth))))
        self.gate = ChannelGate(mid)
        self.conv3 = ConvModule(
            mid, out_channels, 1, norm_cfg=norm_cfg, act_cfg=None)
        self.downsample: Optional[ConvModule] = None
        if in_channels != out_channels:
            self.downsample = ConvModule(
                in_channels, out_channels, 1, norm_cfg=norm_cfg, act_cfg=None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the block's map, of the grid of ``x``."""
        identity = x if self.downsample is None else self.downsample(x)
        x = self.conv1(x)
        streams = (self.conv2a, self.conv2b, self.conv2c, self.conv2d)
        x = sum(self.gate(stream(x)) for stream in streams)
        return F.relu(self.conv3(x) + identity)


class LightConv(BaseModule):
    """A 3 x 3 convolution in two: across channels, then across positions.

    Args:
        channels (int): Channels of the input and of the output.
        norm_cfg (dict): The norm layer.
    """

    def __init__(self, channels: int, norm_cfg: dict) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.conv2 = nn.Conv2d(
            channels, channels, 3, padding=1, groups=channels, bias=False)
        # `bn` for batch norm, whatever its position in the network.
        self.norm_name, norm = build_norm_layer(norm_cfg, channels)
        self.add_module(self.norm_name, norm)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute a map of the same shape (N, C, H, W)."""
        norm = getattr(self, self.norm_name)
        return F.relu(norm(self.conv2(self.conv1(x))))


class ChannelGate(BaseModule):
    """Weigh the channels of a map by what the whole map shows.

    Args:
        channels (int): Channels of the map.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // 16, 1)
        self.fc2 = nn.Conv2d(channels // 16, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scale each channel by a number between 0 and 1."""
        weights = F.relu(self.fc1(F.adaptive_avg_pool2d(x, 1)))
        return x * torch.sigmoid(self.fc2(weights))
