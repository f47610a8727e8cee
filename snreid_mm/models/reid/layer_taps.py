import math
from typing import Optional, Sequence, Tuple, Union

import torch
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmpretrain.models.necks import LinearNeck
from torch import nn

from snreid_mm.registry import MODELS
from ..functional import full_precision, l2_normalize


@MODELS.register_module()
class LayerTaps(BaseModule):
    """Embeddings of hidden stages: some of the backbone's outputs, averaged
    over their positions, projected and batch-normalized.

    Without the batch normalization, ``out_norm_cfg=None``, a triplet loss on
    embeddings of unit length draws all of them to one point. An averaged map
    comes after a ReLU, so most of it is a vector that all crops share. As
    long as the hardest positive is farther away than the hardest negative,
    less spread means less loss, and a longer shared vector gives less spread,
    until the loss is the margin and its gradient next to nothing. Batch
    normalization subtracts the batch's mean, whatever its length.
    ``affine=False`` keeps its bias from bringing a shared vector back.

    The backbone's ``out_indices`` decide which stages there are to tap:
    MMPretrain's ResNet with ``out_indices=(1, 2, 3)`` gives three outputs, of
    which ``indices=(0, 1)`` takes the first two, its second and third stage.

    With ``join_weights`` the layers are part of the embedding that retrieval
    compares: each layer is scaled to unit length and by the root of its
    weight, and all are concatenated. The squared Euclidean distance of two
    persons is then the weighted sum of the layers' squared distances.

    Args:
        indices (Sequence[int]): The output that each tap takes; negative
            ones count from the last.
        in_channels (Sequence[int]): Channels of each of the backbone's
            outputs. :class:`PlayerReID` writes them where a config leaves
            them out.
        channels (int | Sequence[int] | Sequence[Sequence[int]]): The widths
            of each tap's fully connected layers, or a sequence of widths for
            each tap. ``()`` takes the averaged map as it is. Defaults to
            512, which is one layer.
        norm_cfg (dict, optional): The norm layer between two layers.
            Defaults to batch normalization.
        act_cfg (dict, optional): The activation after it. Defaults to ReLU.
        out_norm_cfg (dict, optional): The norm layer after the last layer,
            or of the averaged map where there is none. Defaults to batch
            normalization without scale and bias.
        join_weights (Sequence[float], optional): The weights of the
            embedding and of each tap at test time. A layer of weight 0 is
            left out. None uses the embedding alone. Defaults to None.

    Attributes:
        out_channels (tuple[int]): The length of each tap's embedding.

    Raises:
        ValueError: If the backbone has no such output, or if the weights are
            not one for the embedding and one for each tap.
    """

    def __init__(self,
                 *,
                 indices: Sequence[int],
                 in_channels: Sequence[int],
                 channels: Union[int, Sequence] = 512,
                 norm_cfg: Optional[dict] = dict(type='BN1d'),
                 act_cfg: Optional[dict] = dict(type='ReLU'),
                 out_norm_cfg: Optional[dict] = dict(
                     type='BN1d', affine=False),
                 join_weights: Optional[Sequence[float]] = None) -> None:
        super().__init__()
        for index in indices:
            if not -len(in_channels) <= index < len(in_channels):
                raise ValueError(
                    f'taps.indices has output {index} of the backbone, but it '
                    f'gives {len(in_channels)}, counted from 0: write more '
                    'stages into model.backbone.out_indices, such as '
                    '(1, 2, 3), or tap another output.')
        if join_weights is not None and not (
                len(join_weights) == len(indices) + 1
                and all(weight >= 0 for weight in join_weights)
                and 0 < sum(join_weights) < math.inf):
            raise ValueError(
                f'taps.join_weights is {join_weights}: write '
                f'{len(indices) + 1} numbers of 0 or more, the weight of the '
                'embedding and of each tap, one of them above 0; or None to '
                'use the embedding alone.')
        self.indices = tuple(index % len(in_channels) for index in indices)
        self.join_weights = join_weights

        if isinstance(channels, int):
            channels = (channels, )
        if not channels or isinstance(channels[0], int):
            channels = [channels] * len(indices)
        self.projections = nn.ModuleList()
        self.out_channels = ()
        for index, widths in zip(self.indices, channels, strict=True):
            given, layers = in_channels[index], []
            for i, width in enumerate(widths):
                is_last = i == len(widths) - 1
                layers.append(
                    LinearNeck(
                        given,
                        width,
                        norm_cfg=out_norm_cfg if is_last else norm_cfg,
                        act_cfg=None if is_last else act_cfg))
                given = width
            if not layers and out_norm_cfg is not None:
                layers.append(build_norm_layer(out_norm_cfg, given)[1])
            self.projections.append(nn.Sequential(*layers))
            self.out_channels += (given, )

    def forward(
            self, maps: Tuple[torch.Tensor, ...]) -> Tuple[torch.Tensor, ...]:
        """Compute the embedding of each tap.

        Args:
            maps (tuple[Tensor]): The backbone's outputs, maps (N, C, H, W)
                or vectors (N, C).

        Returns:
            tuple[Tensor]: One tensor (N, D) for each tap.

        Raises:
            ValueError: If a tapped output is neither.
        """
        layers = []
        for index, projection in zip(self.indices, self.projections):
            output = maps[index]
            if output.ndim == 4:
                output = output.mean((2, 3))
            elif output.ndim != 2:
                raise ValueError(
                    f'output {index} of the backbone has the shape '
                    f'{tuple(output.shape)}, but a tap takes a map '
                    '(N, C, H, W) or a vector (N, C): transformers of '
                    'MMPretrain give maps with out_type=\'featmap\'')
            output = projection(output)
            # MMPretrain's layers give tuples, a norm layer does not.
            layers.append(
                output[-1] if isinstance(output, tuple) else output)
        return tuple(layers)

    @property
    def are_joined(self) -> bool:
        """Whether the taps are part of the embedding at test time."""
        return self.join_weights is not None

    def joined_channels(self, embedding_channels: int) -> int:
        """Return the length of an embedding with the layers joined to it."""
        lengths = (embedding_channels, *self.out_channels)
        return sum(length
                   for length, weight in zip(lengths, self.join_weights)
                   if weight > 0)

    def join(self, embeddings: torch.Tensor,
             layers: Tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Join the embeddings of all layers by their weights.

        Args:
            embeddings (Tensor): The final embeddings. Shape (N, C).
            layers (tuple[Tensor]): Those of the taps.

        Returns:
            Tensor: Shape (N, D), D being the sum of the lengths of those
            layers whose weight is not 0.
        """
        return torch.cat([
            l2_normalize(full_precision(layer)) * math.sqrt(weight)
            for layer, weight in zip((embeddings, *layers), self.join_weights)
            if weight > 0
        ], 1)
