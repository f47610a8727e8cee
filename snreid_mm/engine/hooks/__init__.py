from .batch_check import BatchCheckHook, check_batches
from .batch_report import BatchReportHook
from .channels_last import ChannelsLastHook
from .class_count import ClassCountHook
from .cost_hook import CostHook
from .finite_loss import FiniteLossHook
from .pose_check import PoseCheckHook
from .random_states import RandomStatesHook
from .ranking_visualization import RankingVisualizationHook
from .resume_guard import ResumeGuardHook
from .shared_statistics import SharedStatisticsHook
from .skip_unreadable import SkipUnreadableHook
from .training_health import TrainingHealthHook
from .whole_checkpoint import WholeCheckpointHook

__all__ = [
    'BatchCheckHook', 'BatchReportHook', 'ChannelsLastHook', 'ClassCountHook',
    'CostHook', 'FiniteLossHook', 'PoseCheckHook', 'RandomStatesHook',
    'RankingVisualizationHook', 'ResumeGuardHook', 'SharedStatisticsHook',
    'SkipUnreadableHook', 'TrainingHealthHook', 'WholeCheckpointHook',
    'check_batches'
]
