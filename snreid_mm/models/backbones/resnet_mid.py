from typing import Tuple

import torch
from mmpretrain.models.backbones import ResNet

from snreid_mm.registry import MODELS


@MODELS.register_module()
class ResNetMid(ResNet):
    """A ResNet that shows each block of its last stage.

    Where another ResNet gives the map of its last stage, this one gives the
    maps of the stage's blocks, three of them at depth 50. With
    :class:`MidLevelNeck` it is the network of `The Devil is in the Middle:
    Exploiting Mid-level Representations for Cross-Domain Instance Matching
    <https://arxiv.org/abs/1711.08106>`_.

    Arguments and weights are those of MMPretrain's ``ResNet``, so
    ``torchvision://resnet50`` is a checkpoint of it. ``out_indices`` counts
    stages: with ``(2, 3)`` a ResNetMid of depth 50 gives four maps.

    Example:
        >>> import torch
        >>> from snreid_mm.models import ResNetMid
        >>> model = ResNetMid(depth=50)
        >>> for output in model(torch.rand(1, 3, 256, 128)):
        ...     print(tuple(output.shape))
        (1, 2048, 8, 4)
        (1, 2048, 8, 4)
        (1, 2048, 8, 4)
    """

    def forward(self, x: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """Extract the maps.

        Args:
            x (Tensor): Images. Shape (N, 3, H, W).

        Returns:
            tuple[Tensor]: Maps (N, C, h, w), first to last: one for each
            stage of ``out_indices``, but one for each block of the last
            stage.
        """
        if self.deep_stem:
            x = self.stem(x)
        else:
            x = self.relu(self.norm1(self.conv1(x)))
        x = self.maxpool(x)
        outputs = []
        for i, name in enumerate(self.res_layers):
            maps = []
            for block in getattr(self, name):
                x = block(x)
                maps.append(x)
            if i in self.out_indices:
                is_last = i == len(self.res_layers) - 1
                outputs.extend(maps if is_last else maps[-1:])
        return tuple(outputs)
