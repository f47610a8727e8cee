from .samplers import ActionBatchSampler, ActionIdentitySampler
from .soccernet_reid import SoccerNetReID
from .transforms import LoadCropFromFile, ResizeCropWithKeypoints

__all__ = [
    'ActionBatchSampler', 'ActionIdentitySampler', 'LoadCropFromFile',
    'ResizeCropWithKeypoints', 'SoccerNetReID'
]
