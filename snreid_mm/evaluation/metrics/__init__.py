from .action_retrieval import ActionRetrievalMetric

__all__ = ['ActionRetrievalMetric']
