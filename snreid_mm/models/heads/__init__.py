from .layer_similarity_head import LayerSimilarityHead
from .reid_head import ReIDHead

__all__ = ['LayerSimilarityHead', 'ReIDHead']
