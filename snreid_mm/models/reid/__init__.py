from .player_reid import PlayerReID

__all__ = ['PlayerReID']
