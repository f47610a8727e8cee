from typing import Dict, List, Optional, Tuple

import torch
from mmengine.model import BaseModule
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.registry import MODELS
from .attribute_classifier import AttributeClassifier


@MODELS.register_module()
class ReIDHead(BaseModule):
    """Identity and triplet loss on the embedding, for training only.

    A linear classifier over the training identities gives the identity loss;
    the triplet loss compares the embeddings themselves. Neither changes the
    embedding, so at test time the head does nothing, and a checkpoint's
    classifier may have another number of identities than the model's.

    Args:
        in_channels (int): The length of the embedding. :class:`PlayerReID`
            writes it where a config leaves it out.
        num_classes (int, optional): The number of training identities. None
            leaves it to :meth:`set_num_classes`, which
            :class:`~snreid_mm.engine.ClassCountHook` calls when the training
            set is known. Without ``loss_cls`` it stays None, whatever is
            written. Defaults to None.
        loss_cls (dict, optional): The loss of the classifier, called with
            scores (N, num_classes) and labels (N, ). None builds no
            classifier, and the head has no parameter. Defaults to
            cross-entropy with label smoothing 0.1. MMPretrain's
            ``mode='original'`` spreads the share over all C identities,
            (1 - 0.1) * onehot + 0.1 / C, as torchreid does.
        loss_triplet (dict, optional): The loss of the embedding, called with
            embeddings (N, in_channels) and labels (N, ). None leaves it
            out. Defaults to batch-hard triplets with margin 0.3.
        losses (dict[str, dict], optional): More losses of the embedding,
            called in the same way: ``dict(centroid=dict(type=...))`` adds
            ``loss_centroid``. Defaults to None.
        attributes (dict[str, float], optional): Labels that are read from
            the embedding beside the identity, and the weight of each loss;
            ``dict(role=0.1, jersey=0.1)`` adds ``loss_role`` and
            ``loss_jersey`` (:class:`AttributeClassifier`). Defaults to None.
        cal_acc (bool): Whether to log the share of the batch, in percent,
            that the classifier gets right, as ``accuracy_top-1``. Among
            thousands of identities with two crops each it stays at zero for
            epochs and says nothing of the ranking. Defaults to False.
        init_cfg (dict, optional): How to initialize the classifier. Defaults
            to a normal distribution of deviation 0.01, and a bias of zero.

    Raises:
        ValueError: If there is no loss at all, or a name of ``losses`` is
            taken.
    """

    def __init__(
        self,
        *,
        in_channels: int,
        num_classes: Optional[int] = None,
        loss_cls: Optional[dict] = dict(
            type='LabelSmoothLoss', label_smooth_val=0.1, mode='original'),
        loss_triplet: Optional[dict] = dict(
            type='snreid_mm.BatchHardTripletLoss', margin=0.3),
        losses: Optional[Dict[str, dict]] = None,
        attributes: Optional[Dict[str, float]] = None,
        cal_acc: bool = False,
        init_cfg: Optional[dict] = dict(
            type='Normal', layer='Linear', std=0.01)
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        losses, attributes = losses or {}, attributes or {}
        if loss_cls is None and loss_triplet is None and not losses:
            raise ValueError(
                'ReIDHead has nothing to learn from: both loss_cls and '
                'loss_triplet are None, and there are no other losses. Give '
                'it one, or leave the head out of the model.')
        taken = {'cls', 'triplet', 'role', 'jersey'} & set(losses)
        if taken:
            raise ValueError(
                f'head.losses names {", ".join(sorted(taken))}, which the '
                'head has itself: write another name.')
        self.in_channels = in_channels
        self.num_classes = None
        self.cal_acc = cal_acc
        self.loss_cls = None if loss_cls is None else MODELS.build(loss_cls)
        self.loss_triplet = (None if loss_triplet is None else
                             MODELS.build(loss_triplet))
        self.losses, self.attributes = nn.ModuleDict(), nn.ModuleDict()
        for name, cfg in losses.items():
            self.losses[name] = MODELS.build(cfg)
        for name, weight in attributes.items():
            self.attributes[name] = AttributeClassifier(
                name, in_channels, weight)

        self.classifier = None
        if self.loss_cls is not None:
            self.classifier = nn.utils.skip_init(nn.Linear, in_channels, 0)
            if num_classes is not None:
                self.set_num_classes(num_classes)

    @property
    def lacks_classes(self) -> bool:
        """Whether there is a classifier whose size is not known yet."""
        return self.classifier is not None and self.num_classes is None

    def set_num_classes(self, num_classes: int) -> None:
        """Size the classifier, and initialize it as PyTorch does.

        Its parameters stay the same objects, so that an optimizer that holds
        them trains them.

        Args:
            num_classes (int): The number of training identities.

        Raises:
            ValueError: If there is no classifier.
        """
        if self.classifier is None:
            raise ValueError(
                'The head has no classifier to size, because head.loss_cls is '
                'None: leave head.num_classes alone, or give it a loss_cls.')
        self.num_classes = self.classifier.out_features = num_classes
        for parameter in self.classifier.parameters():
            parameter.data = parameter.new_empty(num_classes,
                                                 *parameter.shape[1:])
        self.classifier.reset_parameters()

    def forward(self, feats: Tuple[torch.Tensor,
                                   ...]) -> Optional[torch.Tensor]:
        """Score the training identities.

        Args:
            feats (tuple[Tensor]): The neck's outputs, the last of which is
                the embedding, of shape (N, in_channels).

        Returns:
            Tensor | None: The scores, of shape (N, num_classes), before the
            softmax. None without a classifier, or before it has its size.
        """
        if not self.num_classes:
            return None
        return self.classifier(self.pre_logits(feats))

    def pre_logits(self, feats: Tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Return the embedding, of shape (N, in_channels)."""
        return feats[-1] if isinstance(feats, (tuple, list)) else feats

    def loss(self, feats: Tuple[torch.Tensor, ...],
             data_samples: List[DataSample]) -> dict:
        """Compute the losses of a batch.

        Args:
            feats (tuple[Tensor]): The neck's outputs.
            data_samples (list[DataSample]): The samples, each with a
                ``gt_label``.

        Returns:
            dict: See :meth:`loss_by_feat`; and those of the attributes.
        """
        labels = self.get_labels(data_samples)
        embeddings = self.pre_logits(feats)
        actions = None
        metric_losses = [self.loss_triplet, *self.losses.values()]
        if any(map(_needs_actions, metric_losses)):
            actions = self.get_actions(data_samples).to(embeddings.device)
        losses = self.loss_by_feat(embeddings, labels.to(embeddings.device),
                                   actions)
        for name, classifier in self.attributes.items():
            losses[f'loss_{name}'] = classifier(embeddings, data_samples)
        return losses

    @staticmethod
    def get_labels(data_samples: List[DataSample]) -> torch.Tensor:
        """Collect the identities of a batch.

        Args:
            data_samples (list[DataSample]): The samples.

        Returns:
            Tensor: The identities. Shape (N, ).

        Raises:
            ValueError: If a sample has mixed labels.
        """
        if any('gt_score' in sample for sample in data_samples):
            raise ValueError(
                'A sample has mixed labels (gt_score), which no triplet can '
                'be made of: take batch_augments and to_onehot out of '
                'model.data_preprocessor.')
        return torch.cat([sample.gt_label for sample in data_samples])

    @staticmethod
    def get_actions(data_samples: List[DataSample]) -> torch.Tensor:
        """Collect the actions of a batch.

        Args:
            data_samples (list[DataSample]): The samples.

        Returns:
            Tensor: The ``action_idx`` of each. Shape (N, ).

        Raises:
            ValueError: If a sample has none.
        """
        if not all('action_idx' in sample for sample in data_samples):
            raise ValueError(
                'A sample has no action_idx, which a loss within the action '
                'needs: add \'action_idx\' to the meta_keys of PackInputs in '
                'the training pipeline.')
        return torch.tensor([sample.action_idx for sample in data_samples])

    def loss_by_feat(self,
                     embeddings: torch.Tensor,
                     labels: torch.Tensor,
                     actions: Optional[torch.Tensor] = None) -> dict:
        """Compute the losses of embeddings.

        Args:
            embeddings (Tensor): Shape (N, in_channels).
            labels (Tensor): The identities, 0 to num_classes - 1. Shape
                (N, ).
            actions (Tensor, optional): The actions, for losses within the
                action. Shape (N, ). Defaults to None.

        Returns:
            dict[str, Tensor]: ``loss_cls``, ``loss_triplet`` and those of
            ``losses``, as configured, and with a classifier and ``cal_acc``
            ``accuracy_top-1`` in percent.

        Raises:
            ValueError: If ``num_classes`` is not set, or too small.
        """
        losses = {}
        if self.loss_cls is not None:
            self._check_labels(labels)
            scores = self.classifier(embeddings)  # (N, num_classes)
            losses['loss_cls'] = self.loss_cls(scores, labels)
            if self.cal_acc:
                right = scores.detach().argmax(1) == labels
                losses['accuracy_top-1'] = right.float().mean() * 100
        metric_losses = dict(triplet=self.loss_triplet, **self.losses)
        for name, loss in metric_losses.items():
            if loss is not None:
                more = (actions, ) if _needs_actions(loss) else ()
                losses[f'loss_{name}'] = loss(embeddings, labels, *more)
        return losses

    def _check_labels(self, labels: torch.Tensor) -> None:
        if self.num_classes is None:
            raise ValueError(
                'head.num_classes is not set: add '
                'dict(type=\'snreid_mm.ClassCountHook\') to the hooks of '
                'the config, which takes it from the training set, or write '
                'model.head.num_classes.')
        # On a GPU a label out of range would end the process with an assert
        # of the device, which names nothing.
        low, high = (int(value) for value in labels.aminmax())
        if low < 0 or high >= self.num_classes:
            bad = low if low < 0 else high
            raise ValueError(
                f'gt_label {bad} does not fit head.num_classes='
                f'{self.num_classes}: labels go from 0 to num_classes - 1. '
                'Write the number of training identities into the config '
                '(model.head.num_classes), or leave it out.')


def _needs_actions(loss: Optional[nn.Module]) -> bool:
    return getattr(loss, 'needs_actions', False)
