from .learning_rate import move_lr_mult
from .mmpose_part_extractor import MMPosePartExtractor
from .openpose_parts import OpenPoseParts
from .pose_checkpoint import check_pose_checkpoint, load_pose_checkpoint
from .pose_config import check_scope

__all__ = [
    'MMPosePartExtractor', 'OpenPoseParts', 'check_pose_checkpoint',
    'check_scope', 'load_pose_checkpoint', 'move_lr_mult'
]
