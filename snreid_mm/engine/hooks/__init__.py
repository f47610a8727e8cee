from .batch_check import BatchCheckHook
from .channels_last import ChannelsLastHook
from .cost_hook import CostHook
from .pose_check import PoseCheckHook
from .resume_guard import ResumeGuardHook

__all__ = [
    'BatchCheckHook', 'ChannelsLastHook', 'CostHook', 'PoseCheckHook',
    'ResumeGuardHook'
]
