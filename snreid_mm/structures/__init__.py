from .crops import Crops
from .embeddings import Embeddings
from .rankings import Rankings

__all__ = ['Crops', 'Embeddings', 'Rankings']
