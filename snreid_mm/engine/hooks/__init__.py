from .batch_check import BatchCheckHook, check_batches
from .channels_last import ChannelsLastHook
from .class_count import ClassCountHook
from .cost_hook import CostHook
from .pose_check import PoseCheckHook
from .resume_guard import ResumeGuardHook

__all__ = [
    'BatchCheckHook', 'ChannelsLastHook', 'ClassCountHook', 'CostHook',
    'PoseCheckHook', 'ResumeGuardHook', 'check_batches'
]
