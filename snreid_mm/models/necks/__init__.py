from .bilinear_pooling import BilinearPooling
from .bn_neck import BNNeck
from .compact_bilinear_pooling import CompactBilinearPooling
from .concat_fusion import ConcatFusion
from .flatten_map import FlattenMap
from .fusion_neck import FusionNeck
from .gated_sum_fusion import GatedSumFusion
from .mid_level_neck import MidLevelNeck

__all__ = [
    'BNNeck', 'BilinearPooling', 'CompactBilinearPooling', 'ConcatFusion',
    'FlattenMap', 'FusionNeck', 'GatedSumFusion', 'MidLevelNeck'
]
