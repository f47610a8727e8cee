from .learning_rate import move_lr_mult
from .mmpose_part_extractor import MMPosePartExtractor
from .openpose_parts import OpenPoseParts
from .pose_config import check_scope

__all__ = [
    'MMPosePartExtractor', 'OpenPoseParts', 'check_scope', 'move_lr_mult'
]
