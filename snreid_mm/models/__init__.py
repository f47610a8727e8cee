from .heads import ReIDHead
from .losses import BatchHardTripletLoss
from .reid import PlayerReID

__all__ = ['BatchHardTripletLoss', 'PlayerReID', 'ReIDHead']
