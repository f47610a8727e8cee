from typing import Optional

import torch
import torch.nn.functional as F

from snreid_mm.registry import MODELS
from .gathered_loss import GatheredLoss

# Below this squared distance the root's gradient is taken as zero.
_EPS = 1e-12


@MODELS.register_module()
class CentroidLoss(GatheredLoss):
    r"""Push each identity's centroid away from that of all others.

    ``-mean_i |c+_i - c-_i|`` over the images i of the batch, where c+ is the
    mean of the embeddings with i's identity and c- that of all others, as in
    `SportsReID <https://arxiv.org/abs/2206.02373>`_. It has no lower bound:
    embeddings that grow lower it without end. With a ``margin`` it is
    ``mean_i max(0, margin - |c+_i - c-_i|)`` instead, which ends at zero.

    A batch of one identity gives zero.

    Args:
        margin (float, optional): The distance that is enough. None is the
            paper's loss without bound. Defaults to None.
        normalize (bool): Whether to scale the embeddings to unit length
            first. Distances of centroids then lie between 0 and 2. Defaults
            to False.
        gather (bool): See :class:`GatheredLoss`. Defaults to True.
        loss_weight (float): The factor of the loss. Defaults to 1.0.
    """

    def __init__(self,
                 *,
                 margin: Optional[float] = None,
                 normalize: bool = False,
                 gather: bool = True,
                 loss_weight: float = 1.0) -> None:
        super().__init__(
            normalize=normalize, gather=gather, loss_weight=loss_weight)
        self.margin = margin

    def compute(self, embeddings, labels, actions):
        """See :meth:`GatheredLoss.compute`."""
        people, index = labels.unique(return_inverse=True)
        if len(people) < 2:
            return embeddings.sum() * 0
        member = F.one_hot(index).to(embeddings).T  # (P, N)
        counts = member.sum(1, keepdim=True)  # (P, 1)
        own = member @ embeddings / counts  # (P, D)
        others = (1 - member) @ embeddings / (len(labels) - counts)
        distance = (own - others).square().sum(1).clamp(min=_EPS).sqrt()
        loss = -distance
        if self.margin is not None:
            loss = F.relu(self.margin - distance)
        return loss[index].mean()
