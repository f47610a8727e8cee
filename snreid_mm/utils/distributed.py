"""Distributed runs, with and without a GPU."""

import atexit
import gc

import torch
import torch.distributed as dist
from mmengine.config import Config
from mmengine.model import is_model_wrapper
from torch import nn


def distribute_on_cpu(cfg: Config) -> None:
    """Prepare a run of several processes where there is no GPU.

    MMEngine's launchers set the CUDA device of each process without looking
    for one. Here the process group is made beforehand, by gloo, which
    MMEngine then finds and uses, and the model's wrapper is told of no
    device. Does nothing for a run of one process, or where there is a GPU.

    Raises:
        ValueError: If the launcher is not ``pytorch``.
    """
    if cfg.launcher == 'none' or torch.cuda.is_available():
        return
    if cfg.launcher != 'pytorch':
        raise ValueError(
            f'--launcher {cfg.launcher} needs a GPU in every process, and '
            'none was found: use --launcher pytorch, with torchrun, to run '
            'several processes on the CPU.')
    dist.init_process_group('gloo')
    atexit.register(_leave)
    if cfg.get('model_wrapper_cfg') is None:
        cfg.model_wrapper_cfg = dict(
            type='MMDistributedDataParallel',
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=cfg.get('find_unused_parameters', False))


def _leave() -> None:
    """Destroy the process group before the interpreter is taken down.

    Gloo's threads hold tensors of the last collective, and abort the process
    if the interpreter is gone when they free them. Destroying the group joins
    them only if nothing else refers to the group; the runner does, in a cycle
    of references, so that it is collected first.
    """
    gc.collect()
    dist.destroy_process_group()


def unwrap(model: nn.Module) -> nn.Module:
    """Return the model inside a wrapper such as
    ``MMDistributedDataParallel``, or the model itself if it has none."""
    return model.module if is_model_wrapper(model) else model
