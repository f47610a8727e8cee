from .batch_check import BatchCheckHook
from .resume_guard import ResumeGuardHook

__all__ = ['BatchCheckHook', 'ResumeGuardHook']
