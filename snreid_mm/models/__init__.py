from .backbones import OSNet, ResNetMid
from .heads import LayerSimilarityHead, ReIDHead
from .losses import (BatchHardTripletLoss, CentroidLoss, IdentitySoftmaxLoss,
                     InfoNCELoss, MetricLearningLoss)
from .necks import (BilinearPooling, BNNeck, CompactBilinearPooling,
                    ConcatFusion, FlattenMap, GatedSumFusion, MidLevelNeck)
from .part_extractors import (FixedParts, MMPosePartExtractor,
                              OpenPoseParts)
from .reid import LayerTaps, PlayerReID

__all__ = [
    'BNNeck', 'BatchHardTripletLoss', 'BilinearPooling', 'CentroidLoss',
    'CompactBilinearPooling', 'ConcatFusion', 'FixedParts', 'FlattenMap',
    'GatedSumFusion', 'IdentitySoftmaxLoss', 'InfoNCELoss',
    'LayerSimilarityHead', 'LayerTaps', 'MMPosePartExtractor',
    'MetricLearningLoss', 'MidLevelNeck', 'OSNet', 'OpenPoseParts',
    'PlayerReID', 'ReIDHead', 'ResNetMid'
]
