from typing import NamedTuple, Optional, Sequence

import torch
from torch import nn


class Normalization(NamedTuple):
    """How a network wants its images: ``(image - mean) / std``.

    Attributes:
        mean (Sequence[float], optional): Of the channels, or one for all, on
            the scale 0 to 255. None, together with ``std``, leaves the image
            as it is.
        std (Sequence[float], optional): Likewise.
        to_rgb (bool): Whether the channels are R, G, B (True) or B, G, R.
            ``mean`` and ``std`` are in the same order.
    """

    mean: Optional[Sequence[float]]
    std: Optional[Sequence[float]]
    to_rgb: bool


IMAGENET = Normalization(
    mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375), to_rgb=True)


class Renormalize(nn.Module):
    """Convert images normalized for one network to another's input.

    The two streams of a model share one data preprocessor, and the weights of
    each were trained on images of their own kind.

    Args:
        source (Normalization): What was done to the images.
        target (Normalization): What is wanted. Where it equals ``source``,
            the images are passed on untouched.
    """

    def __init__(self, source: Normalization, target: Normalization) -> None:
        super().__init__()
        source_mean, source_std = _tensors(source)
        target_mean, target_std = _tensors(target)
        self.flip = source.to_rgb != target.to_rgb
        if self.flip:
            # The channels are flipped last, so until then the target's
            # numbers stand in the source's order.
            target_mean, target_std = target_mean.flip(1), target_std.flip(1)
        scale = source_std / target_std
        shift = (source_mean - target_mean) / target_std
        self.rescale = not (
            torch.allclose(scale, torch.ones_like(scale), rtol=0, atol=1e-9)
            and shift.abs().max() < 1e-9)
        # They follow from the config, so no checkpoint holds them.
        self.register_buffer('scale', scale.float(), persistent=False)
        self.register_buffer('shift', shift.float(), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Change the normalization.

        Args:
            images (Tensor): As the source has them. Shape (N, 3, H, W).

        Returns:
            Tensor: As the target wants them. Shape (N, 3, H, W).
        """
        if self.rescale:
            images = images * self.scale + self.shift
        return images.flip(1) if self.flip else images


def _tensors(normalization: Normalization):
    """Return mean and std as double tensors of shape (1, 3, 1, 1)."""
    mean, std, _ = normalization
    if mean is None and std is None:
        mean, std = (0., ), (1., )
    return [
        torch.tensor(values, dtype=torch.float64).expand(3).view(1, 3, 1, 1)
        for values in (mean, std)
    ]
