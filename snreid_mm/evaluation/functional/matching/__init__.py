from snreid_mm.utils.frame_cues import FRAME_CUES, frame_cues
from .actions_one_to_one import actions_one_to_one
from .k_reciprocal import k_reciprocal
from .matching import METHODS, Matching, method_parameters
from .one_to_one import one_to_one
from .own_frame import OwnFrameClassifier
from .softmax import distance, dual_softmax, query_softmax
from .transport import assignment, sinkhorn

__all__ = [
    'FRAME_CUES', 'METHODS', 'Matching', 'OwnFrameClassifier',
    'actions_one_to_one', 'assignment', 'distance', 'dual_softmax',
    'frame_cues', 'k_reciprocal', 'method_parameters', 'one_to_one',
    'query_softmax', 'sinkhorn'
]
