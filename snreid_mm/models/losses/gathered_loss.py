from typing import Optional

import torch
from mmengine.dist import get_world_size
from torch import nn

from ..functional.embedding_normalization import l2_normalize
from ..functional.precision import autocast_off
from ..utils.gather import gather_batch, scale_gradient


class GatheredLoss(nn.Module):
    """A loss on the embeddings of all ranks, in float32.

    A subclass gives :meth:`compute`. In a distributed run the batches of all
    ranks are one batch: the value and, after DistributedDataParallel's mean,
    the gradients are those of one process with all images, so the ranks'
    batches must be of one size. Under mixed precision it is computed in
    float32 too.

    Args:
        normalize (bool): Whether to scale the embeddings to unit length
            first.
        gather (bool): Whether to compare the images of all ranks. False
            compares those of each rank's own batch.
        loss_weight (float): The factor of the loss.

    Attributes:
        needs_actions (bool): Whether the head has to pass the actions too.
    """

    needs_actions = False

    def __init__(self, *, normalize: bool, gather: bool,
                 loss_weight: float) -> None:
        super().__init__()
        self.normalize = normalize
        self.gather = gather
        self.loss_weight = loss_weight

    def forward(self,
                embeddings: torch.Tensor,
                labels: torch.Tensor,
                actions: Optional[torch.Tensor] = None) -> torch.Tensor:
        """Compute the loss.

        N: batch, D: embedding.

        Args:
            embeddings (Tensor): Shape (N, D).
            labels (Tensor): The identities. Shape (N, ).
            actions (Tensor, optional): The actions. Shape (N, ).

        Returns:
            Tensor: The loss, a float32 scalar.
        """
        with autocast_off(embeddings.device):
            embeddings = embeddings.float()
            if self.normalize:
                embeddings = l2_normalize(embeddings)
            if self.gather:
                embeddings = gather_batch(embeddings)
                labels = gather_batch(labels)
                if actions is not None:
                    actions = gather_batch(actions)
            loss = self.loss_weight * self.compute(embeddings, labels, actions)
        # Each rank has the gradient of its own images alone, of which
        # DistributedDataParallel takes the mean, not the sum.
        return scale_gradient(loss, get_world_size()) if self.gather else loss

    def compute(self, embeddings: torch.Tensor, labels: torch.Tensor,
                actions: Optional[torch.Tensor]) -> torch.Tensor:
        """Compute the loss of the joined batch, before its weight.

        Args:
            embeddings (Tensor): Float32, shape (N, D).
            labels (Tensor): Shape (N, ).
            actions (Tensor | None): Shape (N, ).

        Returns:
            Tensor: A scalar. Where nothing can be compared it is zero, with
            zero gradients, so that a distributed step finds them all.
        """
        raise NotImplementedError

    def shared(self, parameter: torch.Tensor) -> torch.Tensor:
        """Return a parameter of the loss for use in :meth:`compute`.

        Every rank has the whole gradient of it, not its share.
        """
        if not self.gather:
            return parameter
        return scale_gradient(parameter, 1 / get_world_size())
