from .backbones import OSNet, ResNetMid
from .heads import LayerSimilarityHead, ReIDHead
from .losses import BatchHardTripletLoss
from .necks import (BilinearPooling, CompactBilinearPooling, ConcatFusion,
                    FlattenMap, GatedSumFusion, MidLevelNeck)
from .part_extractors import (FixedParts, MMPosePartExtractor,
                              OpenPoseParts)
from .reid import LayerTaps, PlayerReID

__all__ = [
    'BatchHardTripletLoss', 'BilinearPooling', 'CompactBilinearPooling',
    'ConcatFusion', 'FixedParts', 'FlattenMap', 'GatedSumFusion',
    'LayerSimilarityHead', 'LayerTaps', 'MMPosePartExtractor', 'MidLevelNeck',
    'OSNet', 'OpenPoseParts', 'PlayerReID', 'ReIDHead', 'ResNetMid'
]
