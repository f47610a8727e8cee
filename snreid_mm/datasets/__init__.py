from .custom_index import CropRow
from .custom_reid import CustomReID
from .reid_dataset import ReIDDataset
from .samplers import ActionBatchSampler, ActionIdentitySampler
from .soccernet_reid import SoccerNetReID
from .transforms import LoadCropFromFile, ResizeCropWithKeypoints

__all__ = [
    'ActionBatchSampler', 'ActionIdentitySampler', 'CropRow', 'CustomReID',
    'LoadCropFromFile', 'ReIDDataset', 'ResizeCropWithKeypoints',
    'SoccerNetReID'
]
