from .hooks import BatchCheckHook, ResumeGuardHook

__all__ = ['BatchCheckHook', 'ResumeGuardHook']
