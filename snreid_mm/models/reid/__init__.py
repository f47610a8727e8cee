from .layer_taps import LayerTaps
from .player_reid import PlayerReID

__all__ = ['LayerTaps', 'PlayerReID']
