from .hooks import (BatchCheckHook, ChannelsLastHook, CostHook, PoseCheckHook,
                    ResumeGuardHook)
from .optimizers import Bfloat16OptimWrapper

__all__ = [
    'BatchCheckHook', 'Bfloat16OptimWrapper', 'ChannelsLastHook', 'CostHook',
    'PoseCheckHook', 'ResumeGuardHook'
]
