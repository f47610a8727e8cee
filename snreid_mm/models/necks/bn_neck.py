from typing import Optional

import torch
from mmengine.model import BaseModule
from torch import nn

from snreid_mm.registry import MODELS
from ..utils.probing import last


@MODELS.register_module()
class BNNeck(BaseModule):
    """Batch norm, a linear layer, batch norm: the embedding of pooled maps.

    The classifier reads the embedding at its own length, which batch norm
    sets; metric losses and the ranking scale it to unit length
    (``normalize=True`` of the loss, ``model.normalize_embedding=True``).
    Comes after a pooling neck.

    Args:
        in_channels (int): The channels of the pooled maps.
            :class:`PlayerReID` writes it where a config leaves it out.
        out_channels (int, optional): D, the length of the embedding. None
            leaves the linear layer and the batch norm after it out, so that
            D is ``in_channels``. Defaults to 512.
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: Optional[int] = 512) -> None:
        super().__init__()
        self.before = nn.BatchNorm1d(in_channels)
        self.linear = self.after = nn.Identity()
        if out_channels is not None:
            # The norm layer after it would take a bias out again.
            self.linear = nn.Linear(in_channels, out_channels, bias=False)
            self.after = nn.BatchNorm1d(out_channels)

    def forward(self, feats) -> torch.Tensor:
        """Compute the embedding.

        Args:
            feats (Tensor | tuple[Tensor]): Pooled maps (N, in_channels), or
                several, of which the last count.

        Returns:
            Tensor: Shape (N, D).
        """
        return self.after(self.linear(self.before(last(feats))))
