from .ranking_panel import (RankedImage, draw_panel, draw_ranking,
                            panel_width)

__all__ = ['RankedImage', 'draw_panel', 'draw_ranking', 'panel_width']
