from .hooks import ResumeGuardHook

__all__ = ['ResumeGuardHook']
