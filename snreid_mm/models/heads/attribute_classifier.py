from typing import List

import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.soccernet.roles import ROLES

_NUM_CLASSES = dict(role=len(ROLES), jersey=100)
_UNKNOWN = -100


class AttributeClassifier(nn.Module):
    """Read a training label beside the identity from the embedding.

    The loss is cross-entropy, summed over the images whose label is known and
    divided by all, so that ranks with few of them weigh less.

    Args:
        attribute (str): ``'role'``, the class of the person (10), or
            ``'jersey'``, the number from 0 to 99; where the data give a
            letter or nothing it is not known.
        in_channels (int): D, the length of the embedding.
        loss_weight (float): The factor of the loss.

    Raises:
        ValueError: If there is no such attribute.
    """

    def __init__(self, attribute: str, in_channels: int,
                 loss_weight: float) -> None:
        super().__init__()
        if attribute not in _NUM_CLASSES:
            raise ValueError(
                f'head.attributes has {attribute!r}, but can hold '
                f'{" and ".join(map(repr, _NUM_CLASSES))} only.')
        self.attribute = attribute
        self.loss_weight = loss_weight
        self.classifier = nn.Linear(in_channels, _NUM_CLASSES[attribute])

    def forward(self, embeddings: torch.Tensor,
                data_samples: List[DataSample]) -> torch.Tensor:
        """Compute the loss.

        Args:
            embeddings (Tensor): Shape (N, D).
            data_samples (list[DataSample]): The samples, each with the
                attribute.

        Returns:
            Tensor: The loss, a scalar; zero where no label is known.
        """
        targets = torch.tensor([self._target(s) for s in data_samples],
                               device=embeddings.device)
        scores = self.classifier(embeddings).float()
        loss = F.cross_entropy(
            scores, targets, ignore_index=_UNKNOWN, reduction='sum')
        return self.loss_weight * loss / len(targets)

    def _target(self, sample: DataSample) -> int:
        """Number the label of a sample."""
        if self.attribute not in sample:
            raise ValueError(
                f'A sample has no {self.attribute}, which head.attributes '
                f'asks for: add \'{self.attribute}\' to the meta_keys of '
                'PackInputs in the training pipeline.')
        value = sample.get(self.attribute)
        if self.attribute == 'role':
            return ROLES.index(value)
        # isdigit alone takes other scripts' digits too.
        is_number = value.isascii() and value.isdigit() and int(value) < 100
        return int(value) if is_number else _UNKNOWN
