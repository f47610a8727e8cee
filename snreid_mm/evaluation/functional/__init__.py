from .breakdown import (HEIGHT_EDGES, breakdown, height_bin_names,
                        height_bins)
from .chance import (chance_map, chance_rank, chance_scores,
                     expected_average_precision)
from .crops import Crops, read_ground_truth
from .ranking import Rankings, rank_within_actions
from .ranking_file import (check_ranking, read_ranking_file,
                           read_ranking_text, write_ranking_file)
from .scores import QueryScores, score_rankings
from .ties import tie_break_hash

__all__ = [
    'HEIGHT_EDGES', 'Crops', 'QueryScores', 'Rankings', 'breakdown',
    'chance_map', 'chance_rank', 'chance_scores', 'check_ranking',
    'expected_average_precision', 'height_bin_names', 'height_bins',
    'rank_within_actions', 'read_ground_truth', 'read_ranking_file',
    'read_ranking_text', 'score_rankings', 'tie_break_hash',
    'write_ranking_file'
]
