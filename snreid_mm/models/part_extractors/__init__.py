from .fixed_parts import FixedParts
from .mmpose_part_extractor import MMPosePartExtractor
from .openpose_parts import OpenPoseParts
from .pose_checkpoint import refuse_pose_misfits

__all__ = [
    'FixedParts', 'MMPosePartExtractor', 'OpenPoseParts',
    'refuse_pose_misfits'
]
