import random

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop
from torch.utils.data import get_worker_info

from snreid_mm.registry import HOOKS
from .pipelines import find_pipelines


class SeedSample:
    """The first step of a pipeline: seed what the others draw from.

    The seed follows from the run's seed, the epoch, and which of the
    process's samples it is, not from what was drawn before.

    Args:
        seed (int): The seed of the run.
    """

    def __init__(self, seed: int) -> None:
        self.key = (seed, get_rank())
        # Shared with the workers, which may outlive an epoch.
        self.epoch = torch.zeros(1, dtype=torch.int64).share_memory_()
        self._current, self._count = None, 0

    def __call__(self, results: dict) -> dict:
        """Seed, and hand on the sample."""
        epoch = self.epoch.item()
        if epoch != self._current:
            self._current, self._count = epoch, 0
        worker = get_worker_info()
        seed_all(*self.key, epoch, worker.id if worker else 0, self._count)
        self._count += 1
        return results


@HOOKS.register_module()
class RandomStatesHook(Hook):
    """Let every random number follow from the seed and the place in the
    training, so that a resumed training equals one that was not interrupted.

    MMEngine seeds once, at the start: after that, what is drawn depends on
    what was drawn before, and a resumed run draws its first epoch's numbers
    again. With this hook a sample's augmentation follows from (seed, rank,
    epoch, worker, position among the worker's samples), and what the model
    draws, as in dropout, from (seed, rank, iteration). On the CPU, in
    float32, the weights are then the same to the last bit, with the same
    number of processes and of workers.
    """

    # Before other hooks draw, behind those that load the state.
    priority = 'HIGH'

    def before_train(self, runner) -> None:
        """Put :class:`SeedSample` before the training pipelines."""
        self._step = SeedSample(runner.seed)
        for pipeline in find_pipelines(runner.train_dataloader.dataset):
            pipeline.transforms.insert(0, self._step)

    def before_train_epoch(self, runner) -> None:
        """Tell the workers which epoch it is.

        MMEngine's loop by iterations loads all samples again that were
        trained before, so that its workers count on. (Its living fork does
        not where there are no workers, and draws other numbers then.)
        """
        if isinstance(runner.train_loop, EpochBasedTrainLoop):
            self._step.epoch.fill_(runner.epoch)

    def before_train_iter(self,
                          runner,
                          batch_idx: int,
                          data_batch=None) -> None:
        """Seed what the model draws from."""
        seed_all(*self._step.key, runner.iter)


def seed_all(*key: int) -> None:
    """Seed Python, NumPy and torch, and the GPUs that are in use."""
    for_python, for_numpy, for_torch = np.random.SeedSequence(
        key).generate_state(3).tolist()
    random.seed(for_python)
    np.random.seed(for_numpy)
    # `torch.manual_seed` keeps a traceback for each GPU that is not in use.
    torch.default_generator.manual_seed(for_torch)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed(for_torch)
