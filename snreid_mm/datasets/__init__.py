from . import transforms
from .index import SPLITS, load_index
from .naming import ROLES, format_file_name, parse_file_name
from .samplers import ActionIdentitySampler
from .soccernet_reid import SoccerNetReID
from .transforms import *  # noqa: F401, F403

__all__ = [
    'ActionIdentitySampler', 'ROLES', 'SPLITS', 'SoccerNetReID',
    'format_file_name', 'load_index', 'parse_file_name', *transforms.__all__
]
