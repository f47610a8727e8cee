from .bilinear import (compact_bilinear, count_sketch, draw_count_sketch,
                       pooled_gram, sketch_gram, sketching_first_pays,
                       snreid_sketches)
from .embedding_normalization import l2_normalize, signed_sqrt
from .health import batch_spread, dead_weight_share, norm_scale
from .precision import autocast_off, full_precision, is_autocast_on

__all__ = [
    'autocast_off', 'batch_spread', 'compact_bilinear', 'count_sketch',
    'dead_weight_share', 'draw_count_sketch', 'full_precision',
    'is_autocast_on', 'l2_normalize', 'norm_scale', 'pooled_gram',
    'signed_sqrt', 'sketch_gram', 'sketching_first_pays', 'snreid_sketches'
]
