from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule

from snreid_mm.registry import MODELS
from ..utils.checkpoint import CheckpointRule, refuse_misfits


@MODELS.register_module()
class FixedParts(BaseModule):
    """Parts that lie at the same place in every image.

    A control for part streams that look: what two streams still gain with
    these does not come from seeing where the parts are. By default the parts
    are horizontal stripes, as in `PCB <https://arxiv.org/abs/1711.09349>`_.
    With ``init_cfg`` they are maps of a file, such as the mean heatmaps that
    ``tools/analysis_tools/mean_parts.py`` writes. Nothing is trained.

    Args:
        num_parts (int): P, the number of maps.
        grid (tuple[int, int]): Height H and width W of the maps, in
            positions; those of the appearance map. Defaults to (16, 8).
        init_cfg (dict, optional): ``dict(type='Pretrained', checkpoint=...)``
            with maps of shape (P, H, W) under the name ``maps``. Defaults to
            None.

    Raises:
        ValueError: If there is no part, or the file's maps are of another
            shape.
    """

    def __init__(self,
                 *,
                 num_parts: int,
                 grid: Tuple[int, int] = (16, 8),
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        height, width = grid
        if num_parts < 1:
            raise ValueError(f'num_parts of FixedParts is {num_parts}: write '
                             'at least 1.')
        # A row that lies in several stripes counts for each in part.
        stripes = F.adaptive_avg_pool1d(
            torch.eye(num_parts).repeat_interleave(height, 1), height)
        self.register_buffer('maps',
                             stripes[..., None].repeat(1, 1, width))
        refuse_misfits(
            self,
            CheckpointRule(
                'FixedParts',
                'Give a file of tools/analysis_tools/mean_parts.py, whose '
                'num_parts and grid are those of the part stream.'))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Repeat the maps for each image.

        Args:
            images (Tensor): Shape (N, 3, h, w); only N counts.

        Returns:
            Tensor: Shape (N, P, H, W).
        """
        return self.maps.expand(len(images), -1, -1, -1)
