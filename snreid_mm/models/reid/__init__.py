from .layer_taps import LayerTaps
from .player_reid import PlayerReID
from .similarity_shares import SimilarityShares, split_similarity

__all__ = ['LayerTaps', 'PlayerReID', 'SimilarityShares', 'split_similarity']
