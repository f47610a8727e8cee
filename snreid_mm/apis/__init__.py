from .frames import ActionFrames, read_coco_crops, read_soccernet_actions
from .images import ImageCrop
from .inferencer import PlayerReIDInferencer
from .results import Comparison, MatchedCrops, RankedCrops

__all__ = [
    'ActionFrames', 'Comparison', 'ImageCrop', 'MatchedCrops',
    'PlayerReIDInferencer', 'RankedCrops', 'read_coco_crops',
    'read_soccernet_actions'
]
