from .breakdown import (HEIGHT_EDGES, bin_names, breakdown, height_bin_names,
                        height_bins)
from .chance import (chance_map, chance_rank, chance_scores,
                     expected_average_precision)
from .comparison import Side, changed_most, compare, query_groups
from .ranking import rank_within_actions
from .scores import QueryScores, score_rankings
from .ties import tie_break_hash

__all__ = [
    'HEIGHT_EDGES', 'QueryScores', 'Side', 'bin_names', 'breakdown',
    'chance_map', 'chance_rank', 'chance_scores', 'changed_most', 'compare',
    'expected_average_precision', 'height_bin_names', 'height_bins',
    'query_groups', 'rank_within_actions', 'score_rankings', 'tie_break_hash'
]
