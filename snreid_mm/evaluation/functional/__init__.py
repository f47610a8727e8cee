from .breakdown import breakdown, group_by_bin, group_by_height, group_by_name
from .calibration import Calibration, fit_calibration, remove_matches
from .chance import chance_scores
from .comparison import Side, changed_most, compare, query_groups
from .error_rates import (equal_error_rate, error_rates, risk_coverage,
                          threshold_for_false_accepts)
from .principal_axes import principal_axes
from .ranking import rank_within_actions
from .reliability import Reliability, reliability
from .scores import QueryScores, find_matches, score_rankings
from .ties import tie_break_hash

__all__ = [
    'Calibration', 'QueryScores', 'Reliability', 'Side', 'breakdown',
    'chance_scores', 'changed_most', 'compare', 'equal_error_rate',
    'error_rates', 'find_matches', 'fit_calibration', 'group_by_bin',
    'group_by_height', 'group_by_name', 'principal_axes', 'query_groups',
    'rank_within_actions', 'reliability', 'remove_matches', 'risk_coverage',
    'score_rankings', 'threshold_for_false_accepts', 'tie_break_hash'
]
