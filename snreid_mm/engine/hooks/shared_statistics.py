from typing import Iterator

import torch
from mmengine.dist import all_reduce_params
from mmengine.hooks import Hook
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from snreid_mm.registry import HOOKS


@HOOKS.register_module()
class SharedStatisticsHook(Hook):
    """Give all processes of a training the same batch norm statistics.

    In MMEngine each process keeps the running means of its own batches. A
    validation then compares embeddings of as many networks as there are
    processes, and the checkpoint, which is the first process's, is none that
    was validated. Here ``running_mean`` and ``running_var`` of the norm
    layers in training mode are averaged over the processes after each
    iteration. (The mean of their variances is not the variance of the joined
    batch; ``sync_bn='torch'`` in the config computes that.)

    MMEngine's ``SyncBuffersHook`` averages at the end of an epoch and before
    a validation, which is too late for checkpoints by iterations and for a
    moving average of the weights, which keeps buffers of its own.
    """

    # Before EMAHook copies the buffers.
    priority = 'ABOVE_NORMAL'

    def after_train_iter(self,
                         runner,
                         batch_idx: int,
                         data_batch=None,
                         outputs=None) -> None:
        """Average the statistics; in a single process nothing is done."""
        all_reduce_params(_statistics(runner.model), op='mean')


def _statistics(model: nn.Module) -> Iterator[torch.Tensor]:
    for module in model.modules():
        if isinstance(module, _NormBase) and module.training:
            for name, buffer in module.named_buffers(recurse=False):
                # The number of batches is the same everywhere.
                if name.startswith('running_'):
                    yield buffer
