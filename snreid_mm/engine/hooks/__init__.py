from .batch_check import BatchCheckHook
from .cost_hook import CostHook
from .pose_check import PoseCheckHook
from .resume_guard import ResumeGuardHook

__all__ = ['BatchCheckHook', 'CostHook', 'PoseCheckHook', 'ResumeGuardHook']
