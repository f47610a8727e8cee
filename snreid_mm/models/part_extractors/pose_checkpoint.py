"""The checkpoint of a whole pose estimator, as tools load it."""

from mmengine.model import is_model_wrapper
from mmpose.models.pose_estimators.base import BasePoseEstimator
from torch import nn

from ..utils.checkpoint import load_fitting


def load_pose_checkpoint(model: BasePoseEstimator, checkpoint: str) -> None:
    """Load a checkpoint into a pose estimator, all of it or none.

    Args:
        model (BasePoseEstimator): The estimator.
        checkpoint (str): A path, or a URL of a scheme that MMEngine knows.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the checkpoint does not fit; see :func:`load_fitting`.
    """
    parts = ', '.join(
        type(part).__name__ for part in (getattr(model, name, None)
                                         for name in ('backbone', 'head'))
        if part is not None)
    load_fitting(
        model,
        checkpoint,
        name=f'the pose estimator ({parts})',
        remedy='Give the config that it was trained with.')


def check_pose_checkpoint(model: nn.Module, checkpoint: str) -> None:
    """Refuse a checkpoint that does not fit, if the model estimates poses.

    MMEngine logs what does not fit and goes on, and a test would measure
    random weights. Our own models refuse by themselves.

    Args:
        model (nn.Module): Any model, wrapped or not. A pose estimator has
            the checkpoint loaded.
        checkpoint (str): See :func:`load_pose_checkpoint`.

    Raises:
        ValueError: If the checkpoint does not fit.
    """
    model = model.module if is_model_wrapper(model) else model
    if isinstance(model, BasePoseEstimator):
        load_pose_checkpoint(model, checkpoint)
