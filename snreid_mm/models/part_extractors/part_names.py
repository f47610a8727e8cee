"""What the channels of a part map are called."""

from typing import List

from torch import nn

from .mmpose_part_extractor import MMPosePartExtractor

# COCO's 17 keypoints, in its order.
_SIDED = ('eye', 'ear', 'shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
COCO_KEYPOINTS = ('nose', *(f'{side} {joint}' for joint in _SIDED
                            for side in ('left', 'right')))


def part_names(extractor: nn.Module, channels: int) -> List[str]:
    """Name the channels of a part map, for pictures.

    The heatmaps of an :class:`MMPosePartExtractor` with 17 keypoints have
    COCO's names, which is what the estimators of this project and nearly all
    of MMPose's with so many find. Others are numbered from 1.

    Args:
        extractor (nn.Module): The part extractor.
        channels (int): P, the channels of its map.

    Returns:
        list[str]: P names.
    """
    names = [f'part {i}' for i in range(1, channels + 1)]
    if isinstance(extractor, MMPosePartExtractor):
        head = getattr(extractor.pose_estimator, 'head', None)
        if extractor.output != 'features' and getattr(
                head, 'out_channels', None) == len(COCO_KEYPOINTS):
            names[:len(COCO_KEYPOINTS)] = COCO_KEYPOINTS
    return names
