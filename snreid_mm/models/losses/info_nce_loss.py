import math
from typing import Tuple

import torch
from torch import nn

from snreid_mm.registry import MODELS
from .gathered_loss import GatheredLoss

_MAX_LOG_SCALE = math.log(100)


@MODELS.register_module()
class InfoNCELoss(GatheredLoss):
    """Find the other crop of each pair among those of all pairs.

    An identity's crops are taken two by two in the order of the batch; a crop
    that is left over is not used. The first crop of a pair has to find the
    second among the second crops of all pairs, and the second the first among
    the first, by softmax of cosine similarity over a temperature; the loss is
    the mean of both cross-entropies. The temperature is learned, its inverse
    up to 100, as in `CLIP <https://arxiv.org/abs/2103.00020>`_. For players it
    is the loss of `CLIP-ReIdent <https://arxiv.org/abs/2303.11855>`_.

    Another pair of the same identity is no negative. A pair without a
    negative is left out of the mean, and a batch without any other gives
    zero.

    Args:
        within (str): Among which pairs: ``'batch'`` all, ``'action'`` those
            of the same action. Defaults to ``'batch'``.
        temperature (float): The temperature to begin with. Defaults to 0.07.
        label_smoothing (float): The share of the target that is spread over
            all pairs that are compared. Defaults to 0.1.
        gather (bool): See :class:`GatheredLoss`. Defaults to True.
        loss_weight (float): The factor of the loss. Defaults to 1.0.

    Raises:
        ValueError: If an option has no such value.
    """

    def __init__(self,
                 *,
                 within: str = 'batch',
                 temperature: float = 0.07,
                 label_smoothing: float = 0.1,
                 gather: bool = True,
                 loss_weight: float = 1.0) -> None:
        super().__init__(
            normalize=True, gather=gather, loss_weight=loss_weight)
        if within not in ('batch', 'action'):
            raise ValueError('within must be \'batch\' or \'action\', but it '
                             f'is {within!r}.')
        if not temperature >= 1 / 100:
            raise ValueError(
                f'temperature={temperature} must be 0.01 or more.')
        if not 0 <= label_smoothing < 1:
            raise ValueError(f'label_smoothing={label_smoothing} is not in '
                             '[0, 1).')
        self.needs_actions = within == 'action'
        self.label_smoothing = label_smoothing
        # Not a scalar, which FSDP does not take.
        self.log_scale = nn.Parameter(torch.tensor([-math.log(temperature)]))

    def compute(self, embeddings, labels, actions):
        """See :meth:`GatheredLoss.compute`."""
        with torch.no_grad():
            self.log_scale.clamp_(max=_MAX_LOG_SCALE)
        scale = self.shared(self.log_scale).exp()
        first, second = pair_up(labels)
        similarity = scale * embeddings[first] @ embeddings[second].T  # (P, P)
        compared = labels[first][:, None] != labels[first]  # (P, P)
        if self.needs_actions:
            compared &= actions[first][:, None] == actions[first]
        has_negative = compared.any(1)  # (P, )
        if not has_negative.any():
            return embeddings.sum() * 0 + scale.sum() * 0
        compared |= torch.eye(
            len(first), dtype=torch.bool, device=labels.device)
        # It is symmetric, so it serves both ways.
        losses = self._find(similarity, compared) + self._find(
            similarity.T, compared)
        return losses[has_negative].mean() / 2

    def _find(self, similarity: torch.Tensor,
              compared: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of each row with its own column, over the columns it
        is compared with, (P, P) to (P, )."""
        log_share = similarity.masked_fill(~compared, -math.inf).log_softmax(1)
        spread = log_share.masked_fill(~compared, 0).sum(1) / compared.sum(1)
        eps = self.label_smoothing
        return -(1 - eps) * log_share.diagonal() - eps * spread


def pair_up(labels: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
    """Pair the images of each identity, in the order of the batch.

    Args:
        labels (Tensor): Shape (N, ).

    Returns:
        tuple[Tensor, Tensor]: The indices of the first and of the second
        images of P pairs, each of shape (P, ).
    """
    ordered, order = labels.sort(stable=True)
    place = torch.arange(
        len(labels), device=labels.device) - torch.searchsorted(
            ordered, ordered)  # within the identity
    is_first = (place[:-1] % 2 == 0) & (ordered[:-1] == ordered[1:])
    return order[:-1][is_first], order[1:][is_first]
