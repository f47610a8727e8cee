import importlib
from typing import Optional

import torch
from mmengine.dist import get_world_size

from snreid_mm.registry import MODELS
from .gathered_loss import GatheredLoss

_PACKAGE = 'pytorch_metric_learning'
# Where its classes are, by what the config calls them.
_PLACES = ('losses', 'miners', 'distances', 'reducers', 'regularizers')


@MODELS.register_module()
class MetricLearningLoss(GatheredLoss):
    """A loss of pytorch-metric-learning, with a miner and a memory.

    The configs name the classes of `pytorch-metric-learning
    <https://kevinmusgrave.github.io/pytorch-metric-learning/>`_ and give
    their arguments. An argument that is itself an object, such as
    ``distance`` or ``reducer``, is written as a dict with a ``type`` too. The
    package is an optional extra: ``pip install
    "pytorch-metric-learning>=2.9"``.

    Args:
        loss (dict): The loss, e.g. ``dict(type='MultiSimilarityLoss',
            base=0.5)``.
        miner (dict, optional): The miner that chooses the pairs or triplets,
            e.g. ``dict(type='MultiSimilarityMiner')``. Defaults to None,
            which takes all.
        memory (dict, optional): The arguments of its ``CrossBatchMemory``,
            which compares the batch with earlier ones too, e.g.
            ``dict(embedding_size=512, memory_size=1024)``. It is saved in
            checkpoints. Defaults to None.
        normalize (bool): Whether to scale the embeddings to unit length
            first. Most of its distances do so themselves. Defaults to False.
        gather (bool): See :class:`GatheredLoss`. Defaults to True.
        loss_weight (float): The factor of the loss. Defaults to 1.0.

    Raises:
        ImportError: If the package is not installed.
        ValueError: If it has no such class, or the class no such argument.

    Example:
        >>> head = dict(
        ...     loss_triplet=dict(
        ...         type='snreid_mm.MetricLearningLoss',
        ...         loss=dict(type='MultiSimilarityLoss', base=0.5),
        ...         miner=dict(type='MultiSimilarityMiner')))
    """

    def __init__(self,
                 *,
                 loss: dict,
                 miner: Optional[dict] = None,
                 memory: Optional[dict] = None,
                 normalize: bool = False,
                 gather: bool = True,
                 loss_weight: float = 1.0) -> None:
        super().__init__(
            normalize=normalize, gather=gather, loss_weight=loss_weight)
        self.loss = _build(loss, 'losses')
        self.miner = None if miner is None else _build(miner, 'miners')
        if memory is not None:
            self.loss = _build(
                dict(
                    memory,
                    type='CrossBatchMemory',
                    loss=self.loss,
                    miner=self.miner), 'losses')
            self.miner = None
            # Where the queue stands, which its own buffers do not say.
            self.register_buffer('queue', torch.zeros(2, dtype=torch.long))
        self.has_memory = memory is not None
        if gather:
            # Every rank has the whole gradient of proxies and the like, which
            # the factor of the loss's gradient is not meant for.
            for parameter in self.loss.parameters():
                parameter.register_hook(lambda grad: grad / get_world_size())

    def compute(self, embeddings, labels, actions):
        """See :meth:`GatheredLoss.compute`."""
        if self.has_memory:
            return self._remember(embeddings, labels)
        if self.miner is None:
            return self.loss(embeddings, labels)
        return self.loss(embeddings, labels, self.miner(embeddings, labels))

    def _remember(self, embeddings, labels):
        """Compare the batch with the memory, as a checkpoint has it too."""
        if len(labels) > self.loss.memory_size:
            raise ValueError(
                f'memory.memory_size={self.loss.memory_size} of '
                f'MetricLearningLoss is less than a batch of {len(labels)} '
                'images, over all ranks: write a larger one.')
        self.loss.queue_idx = int(self.queue[0])
        self.loss.has_been_filled = bool(self.queue[1])
        value = self.loss(embeddings, labels)
        self.queue.copy_(
            torch.tensor([self.loss.queue_idx, self.loss.has_been_filled]))
        return value


def _build(value, *places):
    """Build what a config describes, and what its arguments describe."""
    if isinstance(value, (list, tuple)):
        return [_build(item) for item in value]
    if not isinstance(value, dict) or 'type' not in value:
        return value
    arguments = {key: _build(item) for key, item in value.items()}
    name = arguments.pop('type')
    places = places or _PLACES
    try:
        modules = [
            importlib.import_module(f'{_PACKAGE}.{place}') for place in places
        ]
    except ImportError as error:
        raise ImportError(
            'snreid_mm.MetricLearningLoss needs pytorch-metric-learning, the '
            f'extra "metric-learning" of snreid_mm, but {error}: run `pip '
            'install "pytorch-metric-learning>=2.9"`.') from error
    for module in modules:
        if isinstance(getattr(module, name, None), type):
            try:
                return getattr(module, name)(**arguments)
            except Exception as error:  # each of its classes has its own
                raise ValueError(
                    f'{name} of pytorch-metric-learning cannot be built with '
                    f'{arguments}: {error}.') from error
    raise ValueError(
        f'pytorch-metric-learning has no {name!r} in its '
        f'{", ".join(places)}: its documentation lists the names.')
