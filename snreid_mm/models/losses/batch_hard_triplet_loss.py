from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from mmengine.dist import get_world_size
from torch import nn

from snreid_mm.registry import MODELS
from ..utils.gather import gather_batch, scale_gradient

# Below this squared distance the root's gradient is taken as zero: at zero
# it has no direction, and its length would be infinite.
_EPS = 1e-12


@MODELS.register_module()
class BatchHardTripletLoss(nn.Module):
    r"""Triplet loss on the hardest pairs of a batch.

    For each anchor the farthest image of its identity and the nearest image
    of another are taken, by Euclidean distance, and the loss is the mean of
    ``max(0, d_positive - d_negative + margin)`` over the anchors
    (`In Defense of the Triplet Loss for Person Re-Identification
    <https://arxiv.org/abs/1703.07737>`_).

    An anchor without a positive or without a negative is left out of the
    mean. A batch without any other gives a loss of zero with zero gradients,
    so a distributed step still finds every parameter's gradient.

    The loss is computed in float32, under mixed precision too. In a
    distributed run the batches of all ranks are one batch: the value and,
    after DistributedDataParallel's mean, the gradients are those of one
    process with all images, so the ranks' batches must be of one size.

    Args:
        margin (float, optional): By how much a negative has to be farther
            away, in units of distance. None puts the soft margin of the
            paper in its place, ``log(1 + exp(d_positive - d_negative))``,
            which pulls on after the margin is reached. Defaults to 0.3.
        normalize (bool): Whether to scale the embeddings to unit length
            first. Distances then lie between 0 and 2. Defaults to False.
        gather (bool): Whether to compare the images of all ranks. False
            compares those of each rank's own batch. Defaults to True.
        loss_weight (float): The factor of the loss. Defaults to 1.0.
    """

    def __init__(self,
                 *,
                 margin: Optional[float] = 0.3,
                 normalize: bool = False,
                 gather: bool = True,
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        self.margin = margin
        self.normalize = normalize
        self.gather = gather
        self.loss_weight = loss_weight

    def forward(self, embeddings: torch.Tensor,
                labels: torch.Tensor) -> torch.Tensor:
        """Compute the loss.

        N: batch, D: embedding.

        Args:
            embeddings (Tensor): Shape (N, D).
            labels (Tensor): The identities. Shape (N, ).

        Returns:
            Tensor: The loss, a float32 scalar.
        """
        # None of the operations below is one that autocast puts into half
        # precision, so this is enough.
        embeddings = embeddings.float()
        if self.normalize:
            embeddings = F.normalize(embeddings)
        if self.gather:
            embeddings = gather_batch(embeddings)
            labels = gather_batch(labels)
        anchors, positives, negatives = self.mine(embeddings, labels)
        if len(anchors) == 0:
            return embeddings.sum() * 0
        # Only the mined pairs carry a gradient, so only theirs are
        # differentiated: N distances twice instead of N x N.
        gap = (_distance(embeddings[anchors], embeddings[positives]) -
               _distance(embeddings[anchors], embeddings[negatives]))  # (A,)
        if self.margin is None:
            loss = F.softplus(gap)
        else:
            loss = F.relu(gap + self.margin)
        loss = self.loss_weight * loss.mean()
        # Each rank has the gradient of its own images alone, of which
        # DistributedDataParallel takes the mean, not the sum.
        return scale_gradient(loss, get_world_size()) if self.gather else loss

    @staticmethod
    @torch.no_grad()
    def mine(
        embeddings: torch.Tensor, labels: torch.Tensor
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Find the hardest positive and negative of each anchor.

        A: anchors that have both.

        Args:
            embeddings (Tensor): Shape (N, D).
            labels (Tensor): Shape (N, ).

        Returns:
            tuple[Tensor, Tensor, Tensor]: The indices of the anchors, of
            their positives and of their negatives in the batch, each of
            shape (A, ).
        """
        # The form over a matrix product, |a|² - 2ab + |b|², is inexact for
        # near embeddings, and the hard pairs are among them.
        distances = torch.cdist(
            embeddings,
            embeddings,
            compute_mode='donot_use_mm_for_euclid_dist')  # (N, N)
        same = labels[:, None] == labels[None, :]  # (N, N)
        itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        is_positive, is_negative = same & ~itself, ~same
        anchors = (is_positive.any(1) & is_negative.any(1)).nonzero()[:, 0]
        inf = float('inf')
        positives = distances.masked_fill(~is_positive, -inf).argmax(1)
        negatives = distances.masked_fill(~is_negative, inf).argmin(1)
        return anchors, positives[anchors], negatives[anchors]


def _distance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Euclidean distance row by row, (A, D) and (A, D) to (A, )."""
    return (a - b).square().sum(1).clamp(min=_EPS).sqrt()
