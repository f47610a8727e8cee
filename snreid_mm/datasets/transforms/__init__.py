from .loading import LoadCropFromFile

__all__ = ['LoadCropFromFile']
