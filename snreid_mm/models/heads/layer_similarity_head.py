import math
from typing import Optional, Sequence, Tuple, Union

import torch
from mmengine.model import BaseModule
from mmpretrain.models.necks import LinearNeck
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.registry import MODELS
from ..functional import full_precision, l2_normalize
from .reid_head import ReIDHead

_TAP_KEYS = ('index', 'channels', 'loss_weight')


@MODELS.register_module()
class LayerSimilarityHead(ReIDHead):
    r"""Triplet losses on hidden stages, beside the losses on the embedding.

    Each tap takes one output of the backbone, averages it over its positions
    and sends it through fully connected layers of its own, with a norm layer
    and an activation between them. A triplet loss on what comes out asks the
    hidden stage itself to tell persons apart, as in the two-stream model of
    SoccerNet's sn-reid. How that model tapped which stages is not published.

    The backbone's ``out_indices`` decide which stages there are to tap:
    MMPretrain's ResNet with ``out_indices=(1, 2, 3)`` gives three outputs, of
    which ``taps=(0, 1)`` takes the first two, its second and third stage.

    At test time the embedding is used alone, unless ``join_weights`` joins
    the layers: each embedding is scaled to unit length and by the root of its
    weight, and all are concatenated. The squared Euclidean distance of two
    persons is then the weighted sum of the layers' squared distances. The
    fully connected layers decide the embedding in that case, so a checkpoint
    must have them.

    Args:
        taps (Sequence[int | dict]): The taps. A number is an index into the
            backbone's outputs; negative ones count from the last. A dict has
            ``index`` and, to differ from the other taps, ``channels`` and
            ``loss_weight``.
        in_channels (int, optional): The length of the embedding, without the
            taps. :class:`PlayerReID` writes it where a config leaves it out.
            Defaults to None.
        backbone_channels (Sequence[int], optional): Channels of each of the
            backbone's outputs. :class:`PlayerReID` writes them where a
            config leaves them out. Defaults to None.
        tap_channels (int | Sequence[int]): The widths of each tap's fully
            connected layers. ``()`` takes the averaged map as it is.
            Defaults to 512, which is one layer.
        loss_tap (dict): The loss of each tap, called with the tap's
            embeddings (N, D) and labels (N, ). Its ``loss_weight`` is each
            tap's, unless the tap has one. Defaults to batch-hard triplets
            with margin 0.3 of embeddings of unit length, as they are
            compared at test time.
        norm_cfg (dict, optional): The norm layer between a tap's layers.
            Defaults to batch normalization.
        act_cfg (dict, optional): The activation after it. Defaults to ReLU.
        join_weights (Sequence[float], optional): The weights of the
            embedding and of each tap at test time. A layer of weight 0 is
            left out. None uses the embedding alone. Defaults to None.
        **kwargs: The other arguments of :class:`ReIDHead`.

    Attributes:
        taps (LayerTaps): The taps' layers.

    Raises:
        ValueError: If the backbone has no such output, or if a weight or a
            width is not one.

    Example:
        >>> model = dict(
        ...     backbone=dict(type='ResNet', depth=50, out_indices=(1, 2, 3)),
        ...     head=dict(
        ...         type='snreid_mm.LayerSimilarityHead',
        ...         num_classes=751,
        ...         taps=(0, dict(index=1, channels=(1024, 512))),
        ...         join_weights=(1.0, 0.2, 0.3)))
    """

    def __init__(self,
                 *,
                 taps: Sequence[Union[int, dict]],
                 in_channels: Optional[int] = None,
                 backbone_channels: Optional[Sequence[int]] = None,
                 tap_channels: Union[int, Sequence[int]] = 512,
                 loss_tap: dict = dict(
                     type='snreid_mm.BatchHardTripletLoss',
                     margin=0.3,
                     normalize=True),
                 norm_cfg: Optional[dict] = dict(type='BN1d'),
                 act_cfg: Optional[dict] = dict(type='ReLU'),
                 join_weights: Optional[Sequence[float]] = None,
                 **kwargs) -> None:
        super().__init__(in_channels=in_channels, **kwargs)
        if backbone_channels is None:
            raise ValueError(
                'head.backbone_channels is not set: write the channels of '
                'each of the backbone\'s outputs. Inside snreid_mm.PlayerReID '
                'they are found.')
        taps = _parse_taps(taps, tap_channels, len(backbone_channels))
        self.taps = LayerTaps([tap['index'] for tap in taps],
                              [tap['channels'] for tap in taps],
                              backbone_channels, norm_cfg, act_cfg)
        losses = []
        for tap in taps:
            cfg = dict(loss_tap)
            if tap['loss_weight'] is not None:
                cfg['loss_weight'] = tap['loss_weight']
            losses.append(MODELS.build(cfg))
        self.loss_tap = nn.ModuleList(losses)
        self.join_weights = _check_join_weights(join_weights, len(taps))

    @property
    def joined_channels(self) -> int:
        """The length of the embedding with the layers joined to it."""
        if not self.joins_taps:
            return self.in_channels
        lengths = (self.in_channels, *self.taps.out_channels)
        return sum(length
                   for length, weight in zip(lengths, self.join_weights)
                   if weight > 0)

    @property
    def joins_taps(self) -> bool:
        """Whether the taps are part of the embedding at test time."""
        return self.join_weights is not None

    def join(self, embeddings: torch.Tensor,
             maps: Tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Join the embeddings of all layers by their weights.

        Args:
            embeddings (Tensor): The final embeddings. Shape (N, in_channels).
            maps (tuple[Tensor]): The backbone's outputs.

        Returns:
            Tensor: Shape (N, D), D being the sum of the lengths of those
            layers whose weight is not 0. As ``embeddings`` without
            ``join_weights``.
        """
        if not self.joins_taps:
            return embeddings
        layers = (embeddings, *self.taps(maps))
        return torch.cat([
            l2_normalize(full_precision(layer)) * math.sqrt(weight)
            for layer, weight in zip(layers, self.join_weights) if weight > 0
        ], 1)

    def loss(self, feats: Tuple[torch.Tensor, ...],
             data_samples: Sequence[DataSample],
             maps: Tuple[torch.Tensor, ...]) -> dict:
        """Compute the losses of a batch.

        Args:
            feats (tuple[Tensor]): The neck's outputs.
            data_samples (list[DataSample]): The samples, each with a
                ``gt_label``.
            maps (tuple[Tensor]): The backbone's outputs.

        Returns:
            dict[str, Tensor]: Those of :class:`ReIDHead`, and
            ``loss_tap0_triplet``, ``loss_tap1_triplet`` … in the order of
            ``taps``.

        Raises:
            ValueError: If a sample has no label, or mixed ones.
        """
        losses = super().loss(feats, data_samples)
        labels = self.get_labels(data_samples)
        for i, (layer, loss) in enumerate(zip(self.taps(maps), self.loss_tap)):
            losses[f'loss_tap{i}_triplet'] = loss(layer,
                                                  labels.to(layer.device))
        return losses


class LayerTaps(BaseModule):
    """Average some of the backbone's outputs and project each.

    Args:
        indices (Sequence[int]): The output that each tap takes, from 0.
        widths (Sequence[tuple[int]]): The widths of each tap's layers.
        backbone_channels (Sequence[int]): Channels of each output.
        norm_cfg (dict, optional): The norm layer between two layers.
        act_cfg (dict, optional): The activation between two layers.

    Attributes:
        out_channels (tuple[int]): The length of each tap's embedding.
    """

    def __init__(self, indices: Sequence[int],
                 widths: Sequence[Tuple[int, ...]],
                 backbone_channels: Sequence[int], norm_cfg: Optional[dict],
                 act_cfg: Optional[dict]) -> None:
        super().__init__()
        self.indices = tuple(indices)
        self.out_channels = tuple(
            channels[-1] if channels else backbone_channels[index]
            for index, channels in zip(indices, widths))
        self.projections = nn.ModuleList()
        for index, channels in zip(indices, widths):
            given, layers = backbone_channels[index], []
            for i, width in enumerate(channels):
                is_last = i == len(channels) - 1
                layers.append(
                    LinearNeck(
                        given,
                        width,
                        norm_cfg=None if is_last else norm_cfg,
                        act_cfg=None if is_last else act_cfg))
                given = width
            self.projections.append(nn.Sequential(*layers))

    def forward(
            self, maps: Tuple[torch.Tensor, ...]) -> Tuple[torch.Tensor, ...]:
        """Compute the embedding of each tap.

        Args:
            maps (tuple[Tensor] | Tensor): The backbone's outputs, maps
                (N, C, H, W) or vectors (N, C).

        Returns:
            tuple[Tensor]: One tensor (N, D) for each tap.

        Raises:
            ValueError: If a tapped output is neither.
        """
        maps = maps if isinstance(maps, (tuple, list)) else (maps, )
        embeddings = []
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
            # MMPretrain's layers give tuples, an empty sequence does not.
            embeddings.append(
                output[-1] if isinstance(output, tuple) else output)
        return tuple(embeddings)


def _parse_taps(taps, channels, num_outputs: int) -> list:
    """Bring each tap to a dict with all its keys."""
    if not isinstance(taps, (tuple, list)) or not taps:
        raise ValueError(
            f'head.taps is {taps!r}: write a list of the backbone\'s outputs '
            'to tap, such as [0, 1], or use snreid_mm.ReIDHead, which taps '
            'none.')
    parsed = []
    for i, tap in enumerate(taps):
        key = f'head.taps[{i}]'
        tap = dict(tap) if isinstance(tap, dict) else dict(index=tap)
        unknown = [name for name in tap if name not in _TAP_KEYS]
        if unknown or 'index' not in tap:
            raise ValueError(
                f'{key} is {tap!r}: write the number of an output of the '
                f'backbone, or a dict with index and, if need be, '
                f'{" and ".join(_TAP_KEYS[1:])}.')
        weight = tap.get('loss_weight')
        if weight is not None and not _is_weight(weight):
            raise ValueError(f'{key}.loss_weight is {weight!r}: write a '
                             'number of 0 or more.')
        name = f'{key}.channels' if 'channels' in tap else 'head.tap_channels'
        parsed.append(
            dict(
                index=_parse_index(tap['index'], key, num_outputs),
                channels=_parse_widths(tap.get('channels', channels), name),
                loss_weight=weight))
    return parsed


def _parse_index(index, key: str, num_outputs: int) -> int:
    if not isinstance(index, int) or isinstance(index, bool):
        raise ValueError(f'{key} is {index!r}: write the number of an output '
                         'of the backbone, a whole number from 0.')
    if -num_outputs <= index < num_outputs:
        return index % num_outputs
    # The outputs up to the tapped one, and the last, which the neck takes.
    needed = index + 2 if index >= 0 else -index
    outputs = f'{num_outputs} output{"s" if num_outputs > 1 else ""}'
    if needed <= 4:
        stages = tuple(range(4 - needed, 4))
        remedy = ('for a backbone of four stages (ResNet, ConvNeXt, Swin) '
                  f'write model.backbone.out_indices={stages}')
    else:
        remedy = 'write more stages into model.backbone.out_indices'
    raise ValueError(
        f'{key} is output {index} of the backbone, but it gives {outputs}, '
        f'counted from 0: {remedy}, or tap another output.')


def _parse_widths(channels, key: str) -> Tuple[int, ...]:
    widths = channels if isinstance(channels, (tuple, list)) else (channels, )
    for width in widths:
        if not isinstance(width, int) or width < 1:
            raise ValueError(
                f'{key} is {channels!r}: write the widths of the fully '
                'connected layers, such as 512 or [1024, 512], or [] for '
                'none.')
    return tuple(widths)


def _check_join_weights(weights, num_taps: int) -> Optional[Tuple[float, ...]]:
    if weights is None:
        return None
    if not isinstance(weights, (tuple, list)) or len(weights) != num_taps + 1:
        raise ValueError(
            f'head.join_weights is {weights!r}: write {num_taps + 1} numbers, '
            'the weight of the embedding and of each tap, or None to use the '
            'embedding alone.')
    if not all(map(_is_weight, weights)) or not any(weights):
        raise ValueError(
            f'head.join_weights is {weights!r}: weights are numbers of 0 or '
            'more, and one of them is above 0.')
    return tuple(weights)


def _is_weight(value) -> bool:
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and math.isfinite(value) and value >= 0)
