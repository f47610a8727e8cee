from .breakdown import (HEIGHT_EDGES, bin_names, breakdown, height_bin_names,
                        height_bins)
from .chance import (chance_map, chance_rank, chance_scores,
                     expected_average_precision)
from .comparison import (Side, changed_most, compare, query_groups,
                         read_side)
from .crops import Crops, read_ground_truth
from .ranking import Rankings, rank_within_actions
from .ranking_file import (check_ranking, read_ranking_file,
                           read_ranking_text, write_ranking_file)
from .scores import QueryScores, score_rankings
from .ties import tie_break_hash

__all__ = [
    'HEIGHT_EDGES', 'Crops', 'QueryScores', 'Rankings', 'Side', 'bin_names',
    'breakdown', 'chance_map', 'chance_rank', 'chance_scores',
    'changed_most', 'check_ranking', 'compare', 'expected_average_precision',
    'height_bin_names', 'height_bins', 'query_groups', 'rank_within_actions',
    'read_ground_truth', 'read_ranking_file', 'read_ranking_text',
    'read_side', 'score_rankings', 'tie_break_hash', 'write_ranking_file'
]
