from .backbones import OSNet, ResNetMid
from .heads import LayerSimilarityHead, ReIDHead
from .losses import BatchHardTripletLoss
from .necks import (BilinearPooling, CompactBilinearPooling, ConcatFusion,
                    GatedSumFusion, MidLevelNeck)
from .part_extractors import MMPosePartExtractor, OpenPoseParts
from .reid import LayerTaps, PlayerReID

__all__ = [
    'BatchHardTripletLoss', 'BilinearPooling', 'CompactBilinearPooling',
    'ConcatFusion', 'GatedSumFusion', 'LayerSimilarityHead',
    'LayerTaps', 'MMPosePartExtractor', 'MidLevelNeck', 'OSNet',
    'OpenPoseParts', 'PlayerReID', 'ReIDHead', 'ResNetMid'
]
