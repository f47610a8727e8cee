from .annotations import SUBSETS
from .evaluator import check_agreement, judge
from .ground_truth import read_ground_truth
from .index import SPLITS, load_index
from .naming import format_file_name, parse_file_name
from .ranking_file import (check_ranking, read_ranking_file, read_ranking_text,
                           write_ranking_file)
from .roles import ROLES

__all__ = [
    'ROLES', 'SPLITS', 'SUBSETS', 'check_agreement', 'check_ranking',
    'format_file_name', 'judge', 'load_index', 'parse_file_name',
    'read_ground_truth', 'read_ranking_file', 'read_ranking_text',
    'write_ranking_file'
]
