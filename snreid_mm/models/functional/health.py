"""Numbers that tell a network that learns from one that has collapsed."""

from typing import Optional, Tuple

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from .embedding_normalization import l2_normalize

# The size below which a weight counts as dead. Under Adam a decay makes
# weights swing around zero by about the learning rate, not exactly to it.
DEAD_BELOW = 1e-3


@torch.no_grad()
def batch_spread(
        embeddings: torch.Tensor,
        labels: Optional[torch.Tensor] = None
) -> Tuple[Optional[float], Optional[float]]:
    """Compute how far apart a batch's embeddings are, at unit length.

    Args:
        embeddings (Tensor): Shape (N, D). One of zeros stays one.
        labels (Tensor, optional): The identities, shape (N, ).

    Returns:
        tuple[float | None, float | None]: The mean distance of two images: 0
        where all are alike, 1.41 where all are at right angles. And the share
        of hard triplets: of the images that have both, those to which the
        nearest image of another identity is no farther than the farthest of
        their own (1 where all are alike). None without a pair, without labels
        or where no image has both.
    """
    count = len(embeddings)
    if count < 2:
        return None, None
    unit = l2_normalize(embeddings.float())
    distances = torch.cdist(
        unit, unit, compute_mode='donot_use_mm_for_euclid_dist')  # (N, N)
    spread = float(distances.sum() / (count * (count - 1)))
    if labels is None:
        return spread, None
    same = labels[:, None] == labels[None, :]  # (N, N)
    own = same & ~torch.eye(count, dtype=torch.bool, device=same.device)
    anchors = own.any(1) & ~same.all(1)
    if not anchors.any():
        return spread, None
    inf = float('inf')
    farthest = distances.masked_fill(~own, -inf).amax(1)
    nearest = distances.masked_fill(same, inf).amin(1)
    return spread, float((nearest <= farthest)[anchors].float().mean())


@torch.no_grad()
def dead_weight_share(model: nn.Module) -> Optional[float]:
    """Compute how many weights are as good as zero.

    Args:
        model (nn.Module): The model. Its ``head``, which retrieval does not
            use, is left out, and so is what is not trained.

    Returns:
        float | None: The share of the weights of convolutions and linear
        layers that are smaller than 0.001. None if there are none.
    """
    weights = [
        weight for name, weight in model.named_parameters() if weight.ndim > 1
        and weight.requires_grad and not name.startswith('head.')
    ]
    if not weights:
        return None
    dead = sum((weight.abs() < DEAD_BELOW).sum() for weight in weights)
    return float(dead) / sum(weight.numel() for weight in weights)


@torch.no_grad()
def norm_scale(model: nn.Module) -> Optional[float]:
    """Compute the mean size of the weights of all batch-norm layers.

    Args:
        model (nn.Module): The model.

    Returns:
        float | None: The mean without sign: 1 for new layers, 0 for layers
        that let nothing pass. None if none is trained.
    """
    weights = [
        layer.weight.abs() for layer in model.modules()
        if isinstance(layer, _BatchNorm) and layer.affine
        and layer.weight.requires_grad
    ]
    return float(torch.cat(weights).mean()) if weights else None
