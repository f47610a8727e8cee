import torch
import torch.nn.functional as F

from snreid_mm.registry import MODELS
from .gathered_loss import GatheredLoss


@MODELS.register_module()
class IdentitySoftmaxLoss(GatheredLoss):
    """Classify each image among the identities of its batch.

    An image's score for an identity is its mean cosine similarity with the
    crops of that identity, but itself, over a temperature; the loss is the
    cross-entropy of the softmax over the identities in the batch. It needs
    no classifier. The 2022 challenge entry of the team MIG was trained by
    such a loss alone, with batches of 2 actions x 4 players x 2 crops.

    An image without another of its identity is left out of the mean, and
    still counts as a crop of an identity that others are told from. A batch
    without any other image, or of one identity, gives zero.

    Args:
        temperature (float): What the similarities are divided by. Defaults
            to 0.15.
        gather (bool): See :class:`GatheredLoss`. Defaults to True.
        loss_weight (float): The factor of the loss. Defaults to 1.0.

    Raises:
        ValueError: If the temperature is not positive.
    """

    def __init__(self,
                 *,
                 temperature: float = 0.15,
                 gather: bool = True,
                 loss_weight: float = 1.0) -> None:
        super().__init__(
            normalize=True, gather=gather, loss_weight=loss_weight)
        if not temperature > 0:
            raise ValueError(f'temperature={temperature} must be positive.')
        self.temperature = temperature

    def compute(self, embeddings, labels, actions):
        """See :meth:`GatheredLoss.compute`."""
        people, index = labels.unique(return_inverse=True)
        member = F.one_hot(index).to(embeddings)  # (N, P)
        counts = member.sum(0) - member  # (N, P), less the image itself
        anchors = counts[range(len(index)), index] > 0  # (N, )
        if len(people) < 2 or not anchors.any():
            return embeddings.sum() * 0
        itself = torch.eye(
            len(index), dtype=torch.bool, device=embeddings.device)
        similarity = (embeddings @ embeddings.T).masked_fill(itself, 0)
        scores = similarity @ member / counts.clamp(min=1)  # (N, P)
        return F.cross_entropy(scores[anchors] / self.temperature,
                               index[anchors])
