from typing import Optional, Tuple

import torch
import torch.nn.functional as F

from snreid_mm.registry import MODELS
from .gathered_loss import GatheredLoss

# Below this squared distance the root's gradient is taken as zero: at zero
# it has no direction, and its length would be infinite.
_EPS = 1e-12


@MODELS.register_module()
class BatchHardTripletLoss(GatheredLoss):
    r"""Triplet loss on the hardest pairs of a batch.

    For each anchor the farthest image of its identity and the nearest image
    of another are taken, by Euclidean distance, and the loss is the mean of
    ``max(0, d_positive - d_negative + margin)`` over the anchors
    (`In Defense of the Triplet Loss for Person Re-Identification
    <https://arxiv.org/abs/1703.07737>`_).

    An anchor without a positive or without a negative is left out of the
    mean. A batch without any other gives a loss of zero with zero gradients,
    so a distributed step still finds every parameter's gradient.

    Args:
        margin (float, optional): By how much a negative has to be farther
            away, in units of distance. None puts the soft margin of the
            paper in its place, ``log(1 + exp(d_positive - d_negative))``,
            which pulls on after the margin is reached. Defaults to 0.3.
        normalize (bool): Whether to scale the embeddings to unit length
            first. Distances then lie between 0 and 2. Defaults to False.
        gather (bool): See :class:`GatheredLoss`. Defaults to True.
        loss_weight (float): The factor of the loss. Defaults to 1.0.
    """

    def __init__(self,
                 *,
                 margin: Optional[float] = 0.3,
                 normalize: bool = False,
                 gather: bool = True,
                 loss_weight: float = 1.0) -> None:
        super().__init__(
            normalize=normalize, gather=gather, loss_weight=loss_weight)
        self.margin = margin

    def compute(self, embeddings, labels, actions):
        """See :meth:`GatheredLoss.compute`."""
        anchors, positives, negatives = self.mine(embeddings, labels)
        if len(anchors) == 0:
            return embeddings.sum() * 0
        # Only the mined pairs carry a gradient, so only theirs are
        # differentiated: N distances twice instead of N x N.
        gap = (_distance(embeddings[anchors], embeddings[positives]) -
               _distance(embeddings[anchors], embeddings[negatives]))  # (A,)
        if self.margin is None:
            return F.softplus(gap).mean()
        return F.relu(gap + self.margin).mean()

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
