from .hooks import (BatchCheckHook, BatchReportHook, ChannelsLastHook,
                    ClassCountHook, CostHook, FiniteLossHook, PoseCheckHook,
                    RandomStatesHook, RankingVisualizationHook,
                    ResumeGuardHook, SharedStatisticsHook,
                    SkipUnreadableHook, TrainingHealthHook,
                    WholeCheckpointHook)
from .optimizers import Bfloat16OptimWrapper
from .runners import build_runner, train
from .strategies import FSDPStrategy
from .trained_model import load_trained, read_inputs

__all__ = [
    'BatchCheckHook', 'BatchReportHook', 'Bfloat16OptimWrapper',
    'ChannelsLastHook', 'ClassCountHook', 'CostHook', 'FSDPStrategy',
    'FiniteLossHook', 'PoseCheckHook', 'RandomStatesHook',
    'RankingVisualizationHook', 'ResumeGuardHook', 'SharedStatisticsHook',
    'SkipUnreadableHook', 'TrainingHealthHook', 'WholeCheckpointHook',
    'build_runner', 'load_trained', 'read_inputs', 'train'
]
