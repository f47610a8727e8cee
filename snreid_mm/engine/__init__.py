from .hooks import (BatchCheckHook, BatchReportHook, ChannelsLastHook,
                    ClassCountHook, CostHook, FiniteLossHook, PoseCheckHook,
                    RandomStatesHook, ResumeGuardHook, SkipUnreadableHook,
                    TrainingHealthHook, WholeCheckpointHook)
from .optimizers import Bfloat16OptimWrapper
from .runners import build_runner, train
from .strategies import FSDPStrategy

__all__ = [
    'BatchCheckHook', 'BatchReportHook', 'Bfloat16OptimWrapper',
    'ChannelsLastHook', 'ClassCountHook', 'CostHook', 'FSDPStrategy',
    'FiniteLossHook', 'PoseCheckHook', 'RandomStatesHook', 'ResumeGuardHook',
    'SkipUnreadableHook', 'TrainingHealthHook', 'WholeCheckpointHook',
    'build_runner', 'train'
]
