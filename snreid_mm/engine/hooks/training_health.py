from collections import Counter
from typing import Dict, Optional

import torch
from mmengine.hooks import Hook
from mmengine.runner import FlexibleRunner
from torch import nn

from snreid_mm.models.functional import (batch_spread, dead_weight_share,
                                         norm_scale)
from snreid_mm.models.utils.gather import gather_batch
from snreid_mm.registry import HOOKS
from snreid_mm.utils.distributed import unwrap
from .batch_labels import batch_labels


@HOOKS.register_module()
class TrainingHealthHook(Hook):
    """Watch whether a training still learns, and say so if it does not.

    Every ``interval`` steps four numbers go to the log and TensorBoard:

    - ``health/spread``: the mean distance of two embeddings of the batch at
      unit length, as the losses see them;
    - ``health/hard_triplets``: the share of images to which another identity
      is no farther than their own (:func:`batch_spread` defines both);
    - ``health/dead_weights``: the share of the weights of convolutions and
      linear layers below 0.001;
    - ``health/norm_scale``: the mean size of the batch norms' weights.

    A validation adds ``health/above_chance``: by how many points its mAP is
    above the one that an embedding scores which is the same for every image,
    as :class:`~snreid_mm.evaluation.ActionRetrievalMetric` works it out.

    Three findings are said in one sentence each, as a warning: embeddings
    that have fallen into one point, weights that have died, and a validation
    at chance. Losses that are not finite are
    :class:`~snreid_mm.engine.FiniteLossHook`'s.

    The embeddings are those of the step, so no image goes through the
    network twice. A strategy (FSDP, DeepSpeed) shares out the weights: there
    the last two numbers of a step are left out.

    Args:
        interval (int): Steps from one look to the next. Defaults to 50.
        patience (int): How many looks in a row must find the same of a
            step, before it is said. Defaults to 3.
        min_spread (float): The embeddings have collapsed below this spread.
            Defaults to 0.02.
        max_dead (float): The weights have died above this share. Defaults to
            0.5.
        min_above_chance (float): A validation is at chance below this many
            points. Defaults to 2.
        stop (bool): Whether a finding stops the training. Defaults to False.

    Raises:
        ValueError: If ``interval`` or ``patience`` is below 1; with ``stop``
            in a training, with the sentence of the finding.
    """

    def __init__(self,
                 *,
                 interval: int = 50,
                 patience: int = 3,
                 min_spread: float = 0.02,
                 max_dead: float = 0.5,
                 min_above_chance: float = 2.,
                 stop: bool = False) -> None:
        if interval < 1 or patience < 1:
            raise ValueError('interval and patience of TrainingHealthHook '
                             f'must be at least 1, but are {interval} and '
                             f'{patience}.')
        self.interval = interval
        self.patience = patience
        self.min_spread = min_spread
        self.max_dead = max_dead
        self.min_above_chance = min_above_chance
        self.stop = stop
        self._in_a_row = Counter()
        self._embeddings: Optional[torch.Tensor] = None
        self._handle = None

    def before_train(self, runner) -> None:
        """Listen to the part of the model that gives the embedding."""
        model = unwrap(runner.model)
        part = getattr(model, 'neck', None)
        if not isinstance(part, nn.Module):
            part = getattr(model, 'backbone', None)
        if isinstance(part, nn.Module):
            self._handle = part.register_forward_hook(self._keep)

    def after_train(self, runner) -> None:
        """Listen no more."""
        if self._handle is not None:
            self._handle.remove()
        self._handle = self._embeddings = None

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Look at the step, if it is its turn."""
        if not self.every_n_train_iters(runner, self.interval):
            return
        values = self._measure(runner, data_batch)
        for name, value in values.items():
            runner.message_hub.update_scalar(f'train/health/{name}', value)
        step = runner.iter + 1
        spread, dead = values.get('spread'), values.get('dead_weights')
        self._judge(
            runner, 'spread', spread is not None and spread < self.min_spread,
            f'At step {step} the embeddings have collapsed: two images of a '
            f'batch are {spread or 0:.2g} apart on average at unit length, '
            'where unrelated ones would be 1.41, so the network sees all '
            'images alike. Start again with a lower '
            'optim_wrapper.optimizer.lr, a longer warm-up or an identity '
            'loss beside the triplets.')
        self._judge(
            runner, 'dead', dead is not None and dead > self.max_dead,
            f'At step {step} {100 * (dead or 0):.0f} % of the weights of '
            'convolutions and linear layers have died (they are below '
            '0.001): weight decay takes the network to zero. Start again '
            'with AdamW, or with optim_wrapper.optimizer.weight_decay=0: '
            'under Adam that decay is as strong as the losses.')

    def after_val_epoch(self, runner, metrics=None) -> None:
        """Compare the validation with chance."""
        chance = runner.message_hub.runtime_info.get('chance', {})
        for name in set(chance).intersection(metrics or {}):
            above = metrics[name] - chance[name]
            runner.message_hub.update_scalar('val/health/above_chance', above)
            if above < self.min_above_chance:
                self._say(
                    runner,
                    f'The validation after step {runner.iter} is at chance: '
                    f'{name} is {metrics[name]:.2f}, and an embedding that is '
                    f'the same for every image has {chance[name]:.2f}. If the '
                    'training is not at its very beginning, lower '
                    'optim_wrapper.optimizer.lr, and look at the labels and '
                    'at how crops are normalized.')

    def _keep(self, part: nn.Module, inputs, outputs) -> None:
        """Keep the embeddings of a step, (N, D), the last output."""
        last = outputs[-1] if isinstance(outputs, (tuple, list)) else outputs
        if part.training and torch.is_tensor(last) and last.ndim == 2:
            self._embeddings = last.detach()

    def _measure(self, runner, data_batch) -> Dict[str, float]:
        """Compute what can be: a pose estimator has no embedding."""
        values = {}
        embeddings, self._embeddings = self._embeddings, None
        if embeddings is not None:
            labels = _labels(data_batch, embeddings)
            if labels is not None:
                labels = gather_batch(labels)
            spread, hard = batch_spread(gather_batch(embeddings), labels)
            values.update(spread=spread, hard_triplets=hard)
        if not isinstance(runner, FlexibleRunner):
            model = unwrap(runner.model)
            values.update(
                dead_weights=dead_weight_share(model),
                norm_scale=norm_scale(model))
        return {name: v for name, v in values.items() if v is not None}

    def _judge(self, runner, kind: str, is_bad: bool, sentence: str) -> None:
        """Say what so many looks in a row have found, once."""
        self._in_a_row[kind] = self._in_a_row[kind] + 1 if is_bad else 0
        if self._in_a_row[kind] == self.patience:
            self._say(runner, sentence)

    def _say(self, runner, sentence: str) -> None:
        if self.stop:
            raise ValueError(sentence)
        runner.logger.warning(sentence)


def _labels(data_batch, embeddings: torch.Tensor) -> Optional[torch.Tensor]:
    """Collect the identities of a batch, None if a sample has none."""
    labels = batch_labels(data_batch)
    # A batch that was augmented into another size has no such labels.
    return None if labels is None or len(labels) != len(
        embeddings) else labels.to(embeddings.device)
