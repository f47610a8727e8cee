from .fixed_parts import FixedParts
from .mmpose_part_extractor import MMPosePartExtractor
from .openpose_parts import OpenPoseParts
from .part_names import part_names
from .pose_checkpoint import refuse_pose_misfits

__all__ = [
    'FixedParts', 'MMPosePartExtractor', 'OpenPoseParts', 'part_names',
    'refuse_pose_misfits'
]
