from .resume_guard import ResumeGuardHook

__all__ = ['ResumeGuardHook']
