from .batch_check import BatchCheckHook
from .pose_check import PoseCheckHook
from .resume_guard import ResumeGuardHook

__all__ = ['BatchCheckHook', 'PoseCheckHook', 'ResumeGuardHook']
