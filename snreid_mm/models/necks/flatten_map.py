import torch
from mmengine.model import BaseModule

from snreid_mm.registry import MODELS
from ..utils.probing import last


@MODELS.register_module()
class FlattenMap(BaseModule):
    """Make a vector of a map, with a number for each channel and position.

    Pooling would lose where something is, which is all that heatmaps say.
    """

    def forward(self, maps) -> torch.Tensor:
        """Flatten.

        Args:
            maps (Tensor | tuple[Tensor]): A map (N, C, H, W), or several, of
                which the last counts.

        Returns:
            Tensor: Shape (N, C * H * W).
        """
        return last(maps).flatten(1)
