from .activation_panel import draw_activations
from .association_panel import Link, draw_associations
from .calibration_chart import draw_calibration
from .cost_chart import draw_cost_chart
from .difference_chart import draw_differences
from .keypoint_panel import PosedCrop, draw_keypoint_panel
from .ranking_panel import RankedImage, draw_rankings
from .similarity_panel import ExplainedCrop, draw_similarity

__all__ = [
    'ExplainedCrop', 'Link', 'PosedCrop', 'RankedImage', 'draw_activations',
    'draw_associations', 'draw_calibration', 'draw_cost_chart',
    'draw_differences', 'draw_keypoint_panel', 'draw_rankings',
    'draw_similarity'
]
