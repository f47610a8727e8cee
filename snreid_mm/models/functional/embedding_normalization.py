"""Normalization of embeddings, with finite gradients at zero.

A bilinear embedding of two maps of which one is all zero (a frozen part
stream that finds nobody, dead ReLUs) is all zero, and a sketch has buckets
that no pair of channels falls into. Roots have no derivative there; it is
taken as zero.
"""

import torch

# Below these the input counts as zero.
_MIN_LENGTH = 1e-12
_MIN_VALUE = 1e-12


def l2_normalize(x: torch.Tensor) -> torch.Tensor:
    """Scale each row to unit length; a row of zeros stays, without gradient.

    ``torch.nn.functional.normalize`` gives such a row a gradient of 1e12.

    Args:
        x (Tensor): Shape (N, D).

    Returns:
        Tensor: Shape (N, D).
    """
    squared = x.square().sum(1, keepdim=True)
    is_zero = squared < _MIN_LENGTH**2
    scale = squared.masked_fill(is_zero, 1).rsqrt()
    return (x * scale).masked_fill(is_zero, 0)


def signed_sqrt(x: torch.Tensor) -> torch.Tensor:
    """Compute the root of each entry's size and keep its sign.

    It damps the entries that a few strong channels would dominate (`Improving
    the Fisher Kernel <https://doi.org/10.1007/978-3-642-15561-1_11>`_;
    `Bilinear CNN Models <https://arxiv.org/abs/1504.07889>`_).

    Args:
        x (Tensor): Any shape.

    Returns:
        Tensor: The same shape.
    """
    return x.sign() * x.abs().clamp(min=_MIN_VALUE).sqrt()
