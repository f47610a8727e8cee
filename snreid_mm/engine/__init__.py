from .hooks import (BatchCheckHook, ChannelsLastHook, ClassCountHook, CostHook,
                    PoseCheckHook, ResumeGuardHook)
from .optimizers import Bfloat16OptimWrapper

__all__ = [
    'BatchCheckHook', 'Bfloat16OptimWrapper', 'ChannelsLastHook',
    'ClassCountHook', 'CostHook', 'PoseCheckHook', 'ResumeGuardHook'
]
