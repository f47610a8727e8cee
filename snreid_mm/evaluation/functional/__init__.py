from .breakdown import breakdown, group_by_bin, group_by_height, group_by_name
from .chance import chance_scores
from .comparison import Side, changed_most, compare, query_groups
from .ranking import rank_within_actions
from .scores import QueryScores, score_rankings
from .ties import tie_break_hash

__all__ = [
    'QueryScores', 'Side', 'breakdown', 'chance_scores', 'changed_most',
    'compare', 'group_by_bin', 'group_by_height', 'group_by_name',
    'query_groups', 'rank_within_actions', 'score_rankings', 'tie_break_hash'
]
