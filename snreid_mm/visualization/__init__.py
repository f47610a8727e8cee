from .keypoint_panel import (PosedCrop, Skeleton, draw_keypoint_panel,
                             draw_keypoints)
from .ranking_panel import (RankedImage, draw_panel, draw_ranking,
                            panel_width)

__all__ = [
    'PosedCrop', 'RankedImage', 'Skeleton', 'draw_keypoint_panel',
    'draw_keypoints', 'draw_panel', 'draw_ranking', 'panel_width'
]
