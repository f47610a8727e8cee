"""What a checkpoint of a pose estimator must hold."""

from typing import Tuple

from torch import nn

from ..utils.checkpoint import CheckpointRule, refuse_misfits


def refuse_pose_misfits(estimator: nn.Module,
                        free: Tuple[str, ...] = ()) -> None:
    """Make one of MMPose's pose estimators refuse what does not fit it whole,
    but for the parts that it can do without; see :func:`refuse_misfits`."""
    parts = ', '.join(
        type(part).__name__ for part in (getattr(estimator, name, None)
                                         for name in ('backbone', 'head'))
        if part is not None)
    refuse_misfits(
        estimator,
        CheckpointRule(
            f'the pose estimator ({parts})',
            'Give the checkpoint and the config of one pose estimator; to '
            'start from a pretrained backbone, use the backbone\'s init_cfg.',
            free=free))
