from typing import Optional, Sequence, Tuple, Union

import torch
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.registry import MODELS
from .reid_head import ReIDHead


@MODELS.register_module()
class LayerSimilarityHead(ReIDHead):
    """Triplet losses on hidden stages, beside the losses on the embedding.

    ``model.taps`` (:class:`LayerTaps`) gives an embedding of each tapped
    stage. A triplet loss on each asks the hidden stage itself to tell persons
    apart, as in the layer-wise similarity of SoccerNet's sn-reid, which was
    tried there on a plain ResNet and is no part of its two-stream model. Which
    stages it tapped is not published.

    Args:
        in_channels (int): See :class:`ReIDHead`.
        num_taps (int, optional): The number of taps. :class:`PlayerReID`
            writes it. Defaults to None.
        loss_tap (dict | Sequence[dict]): The loss of each tap, or one for
            each, called with the tap's embeddings (N, D) and labels (N, ).
            Defaults to batch-hard triplets with margin 0.3 of embeddings of
            unit length, as they are compared at test time.
        **kwargs: The other arguments of :class:`ReIDHead`.

    Raises:
        ValueError: If the model has no taps, or another number of them than
            losses.

    Example:
        >>> model = dict(
        ...     backbone=dict(type='ResNet', depth=50, out_indices=(1, 2, 3)),
        ...     taps=dict(indices=(0, 1), join_weights=(1.0, 0.2, 0.3)),
        ...     head=dict(type='snreid_mm.LayerSimilarityHead'))
    """

    def __init__(self,
                 *,
                 in_channels: int,
                 num_taps: Optional[int] = None,
                 loss_tap: Union[dict, Sequence[dict]] = dict(
                     type='snreid_mm.BatchHardTripletLoss',
                     margin=0.3,
                     normalize=True),
                 **kwargs) -> None:
        super().__init__(in_channels=in_channels, **kwargs)
        if isinstance(loss_tap, dict):
            loss_tap = [loss_tap] * (num_taps or 0)
        if not num_taps or len(loss_tap) != num_taps:
            raise ValueError(
                f'head.loss_tap needs one loss for each of model.taps, but '
                f'there are {len(loss_tap)} for {num_taps or 0} taps: write '
                'the stages to tap into model.taps, such as '
                'dict(indices=(0, 1)), or use snreid_mm.ReIDHead, which '
                'needs none.')
        self.num_taps = num_taps
        self.loss_tap = nn.ModuleList(MODELS.build(cfg) for cfg in loss_tap)

    def loss(self, feats: Tuple[torch.Tensor, ...],
             data_samples: Sequence[DataSample],
             layers: Tuple[torch.Tensor, ...]) -> dict:
        """Compute the losses of a batch.

        Args:
            feats (tuple[Tensor]): The neck's outputs.
            data_samples (list[DataSample]): The samples, each with a
                ``gt_label``.
            layers (tuple[Tensor]): The embeddings of the taps.

        Returns:
            dict[str, Tensor]: Those of :class:`ReIDHead`, and
            ``loss_tap0_triplet``, ``loss_tap1_triplet`` … in the order of
            the taps.
        """
        losses = super().loss(feats, data_samples)
        labels = self.get_labels(data_samples)
        for i, (layer, loss) in enumerate(zip(layers, self.loss_tap)):
            losses[f'loss_tap{i}_triplet'] = loss(layer,
                                                  labels.to(layer.device))
        return losses
