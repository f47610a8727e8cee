from .action_identity import ActionIdentitySampler

__all__ = ['ActionIdentitySampler']
