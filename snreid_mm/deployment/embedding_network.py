"""A model as one function from images to embeddings."""

from typing import Tuple

import torch
from mmengine.config import Config
from torch import nn

from snreid_mm.engine import load_trained
from snreid_mm.models import PlayerReID
from snreid_mm.models.part_extractors.normalization import (Normalization,
                                                            Renormalize)


def build_model(cfg: Config, checkpoint: str) -> PlayerReID:
    """Build the model of a config for retrieval, and load its weights.

    Args:
        cfg (Config): The whole config. Its losses are left out.
        checkpoint (str): A checkpoint of it.

    Returns:
        PlayerReID: The model, in evaluation mode, on the CPU.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the checkpoint does not fit, or the config is of
            another kind of model.
    """
    return load_trained(cfg, checkpoint).cpu()


class EmbeddingNetwork(nn.Module):
    """What is exported: the embeddings of predict mode, as one function.

    Args:
        model (PlayerReID): The model.
        folded (bool): Whether images come as the data set has them, B, G, R
            from 0 to 255, and are normalized here. Otherwise they come as
            the model's data preprocessor gives them. Defaults to False.

    Raises:
        ValueError: If the model looks at several scales, or its data
            preprocessor pads.
    """

    def __init__(self, model: PlayerReID, folded: bool = False) -> None:
        super().__init__()
        if model.test_scales != (1, ):
            raise ValueError(
                f'model.test_scales is {model.test_scales}, but one scale is '
                'exported, because ONNX does not resize as PyTorch does: '
                'write model.test_scales=(1,).')
        padding = getattr(model.data_preprocessor, 'pad_size_divisor', 1)
        if padding > 1:
            raise ValueError(
                f'data_preprocessor.pad_size_divisor is {padding}, but '
                'padding is not exported: leave it out, with images of a '
                'size that needs none.')
        self.model = model
        self.prepare = nn.Identity()
        if folded:
            self.prepare = Renormalize(
                Normalization(None, None, to_rgb=False),
                normalization_of(model))
        self.eval()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Compute the embeddings.

        Args:
            images (Tensor): Shape (N, 3, H, W).

        Returns:
            Tensor: Shape (N, D), float32.
        """
        return self.model.embed(self.prepare(images.float()))

    @torch.no_grad()
    def has_unit_length(self, size: Tuple[int, int]) -> bool:
        """Try out whether embeddings have a length of 1.

        Args:
            size (tuple[int, int]): Height and width of images, in pixels.
        """
        generator = torch.Generator().manual_seed(0)
        images = 255 * torch.rand(4, 3, *size, generator=generator)
        lengths = self(images).norm(dim=1)
        return torch.allclose(lengths, torch.ones_like(lengths), atol=1e-4)


def normalization_of(model: PlayerReID) -> Normalization:
    """Read how a model's data preprocessor normalizes its images."""
    preprocessor = model.data_preprocessor
    mean, std = (
        tuple(getattr(preprocessor, name).flatten().tolist()) if hasattr(
            preprocessor, name) else None for name in ('mean', 'std'))
    return Normalization(mean, std, bool(preprocessor.to_rgb))


def describe(model: PlayerReID) -> str:
    """Name the classes of a model and of its parts."""
    parts = [model.backbone, model.part_extractor, model.neck]
    kinds = [type(part).__name__ for part in parts if part is not None]
    return f'{type(model).__name__}({", ".join(kinds)})'
