from .hooks import (BatchCheckHook, ChannelsLastHook, ClassCountHook, CostHook,
                    FiniteLossHook, PoseCheckHook, RandomStatesHook,
                    ResumeGuardHook, SkipUnreadableHook, WholeCheckpointHook)
from .optimizers import Bfloat16OptimWrapper

__all__ = [
    'BatchCheckHook', 'Bfloat16OptimWrapper', 'ChannelsLastHook',
    'ClassCountHook', 'CostHook', 'FiniteLossHook', 'PoseCheckHook',
    'RandomStatesHook', 'ResumeGuardHook', 'SkipUnreadableHook',
    'WholeCheckpointHook'
]
