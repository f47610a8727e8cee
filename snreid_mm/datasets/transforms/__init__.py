from .loading import LoadCropFromFile
from .resize_crop import ResizeCropWithKeypoints

__all__ = ['LoadCropFromFile', 'ResizeCropWithKeypoints']
