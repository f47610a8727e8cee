from .hooks import BatchCheckHook, PoseCheckHook, ResumeGuardHook

__all__ = ['BatchCheckHook', 'PoseCheckHook', 'ResumeGuardHook']
