from .hooks import BatchCheckHook, CostHook, PoseCheckHook, ResumeGuardHook

__all__ = ['BatchCheckHook', 'CostHook', 'PoseCheckHook', 'ResumeGuardHook']
