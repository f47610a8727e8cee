"""Losses over the batches of all processes."""

import torch
from mmengine.dist import all_gather, get_rank


def gather_batch(rows: torch.Tensor) -> torch.Tensor:
    """Join the batches of all ranks into one.

    The gradient flows into this rank's own rows alone, which needs no
    communication in the backward pass. A loss that every rank computes on
    the joined batch therefore has, on each rank, the gradient of its own
    images, whole.

    Args:
        rows (Tensor): The batch of this rank, as many rows on every rank.
            Shape (N, ...).

    Returns:
        Tensor: The batches in the order of the ranks, shape
        (world_size x N, ...); without a distributed run ``rows``.
    """
    batches = all_gather(rows.detach())
    batches[get_rank()] = rows
    return torch.cat(batches) if len(batches) > 1 else rows


def scale_gradient(value: torch.Tensor, factor: float) -> torch.Tensor:
    """Multiply the gradient of a tensor, and leave its value as it is.

    Args:
        value (Tensor): A tensor of any shape.
        factor (float): The factor of its gradient.

    Returns:
        Tensor: The same value, bit for bit with a factor of 1.
    """
    if factor == 1:
        return value
    return value.detach() + factor * (value - value.detach())
