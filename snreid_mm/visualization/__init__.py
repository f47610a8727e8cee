from .activation_panel import draw_activations
from .association_panel import Link, draw_associations
from .calibration_chart import draw_calibration
from .cost_chart import draw_cost_chart
from .difference_chart import draw_differences
from .embedding_map import EmbeddedCrop, draw_embeddings
from .keypoint_panel import PosedCrop, draw_keypoint_panel
from .ranking_panel import RankedImage, draw_rankings
from .score_chart import draw_scores
from .similarity_panel import ExplainedCrop, draw_similarity
from .training_chart import draw_training

__all__ = [
    'EmbeddedCrop', 'ExplainedCrop', 'Link', 'PosedCrop', 'RankedImage',
    'draw_activations', 'draw_associations', 'draw_calibration',
    'draw_cost_chart', 'draw_differences', 'draw_embeddings',
    'draw_keypoint_panel', 'draw_rankings', 'draw_scores', 'draw_similarity',
    'draw_training'
]
