from .cost_chart import draw_cost_chart
from .difference_chart import draw_differences
from .keypoint_panel import (PosedCrop, Skeleton, draw_keypoint_panel,
                             draw_keypoints)
from .ranking_panel import (RankedImage, draw_panel, draw_ranking,
                            panel_width)

__all__ = [
    'PosedCrop', 'RankedImage', 'Skeleton', 'draw_cost_chart',
    'draw_differences', 'draw_keypoint_panel', 'draw_keypoints', 'draw_panel',
    'draw_ranking', 'panel_width'
]
