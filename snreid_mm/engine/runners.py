"""The runner that a config asks for."""

from typing import Union

from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import FlexibleRunner, Runner

from .hooks.batch_check import check_batches
from .hooks.class_count import size_classifier


def build_runner(cfg: Config) -> Union[Runner, FlexibleRunner]:
    """Build MMEngine's runner, or the one that ``runner_type`` names.

    Args:
        cfg (Config): The whole config of a run. With
            ``runner_type='FlexibleRunner'``, ``strategy`` says how the
            processes share the work (DDP, FSDP, DeepSpeed).

    Returns:
        Runner | FlexibleRunner: The runner.
    """
    if cfg.get('runner_type') is None:
        return Runner.from_cfg(cfg)
    runner = RUNNERS.build(cfg)
    # A strategy shards the parameters before the first hook is called.
    runner.model = runner.strategy.build_model(runner.model)
    return runner


def train(runner: Union[Runner, FlexibleRunner]) -> None:
    """Train, when it is clear that there is something to train on.

    Raises:
        ValueError: If the training set has no batch.
    """
    # Before MMEngine's schedulers, which cannot count an epoch of no batch.
    check_batches(runner.train_dataloader)
    if isinstance(runner, FlexibleRunner):
        size_classifier(runner, runner.model)
    runner.train()
