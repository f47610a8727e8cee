from .samplers import ActionIdentitySampler
from .soccernet_reid import SoccerNetReID
from .transforms import LoadCropFromFile, ResizeCropWithKeypoints

__all__ = [
    'ActionIdentitySampler', 'LoadCropFromFile', 'ResizeCropWithKeypoints',
    'SoccerNetReID'
]
