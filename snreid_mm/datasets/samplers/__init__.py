from .action_batch import ActionBatchSampler
from .action_identity import ActionIdentitySampler

__all__ = ['ActionBatchSampler', 'ActionIdentitySampler']
