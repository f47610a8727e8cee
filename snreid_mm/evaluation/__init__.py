from . import functional
from .metrics import ActionRetrievalMetric

__all__ = ['ActionRetrievalMetric', 'functional']
