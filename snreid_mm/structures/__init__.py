from .crops import Crops
from .rankings import Rankings

__all__ = ['Crops', 'Rankings']
