"""Work-arounds for versions of the packages below.

Each names the version that needs it and has a test that fails when it can go.
"""

from typing import Callable

from torch import nn


def register_load_pre_hook(module: nn.Module, hook: Callable) -> None:
    """Register a hook to be called before a module loads its weights, with the
    module and the arguments of ``_load_from_state_dict``.

    Below torch 2.5 ``nn.Module.register_load_state_dict_pre_hook`` has
    another name only.
    """
    if hasattr(module, 'register_load_state_dict_pre_hook'):
        module.register_load_state_dict_pre_hook(hook)
    else:
        module._register_load_state_dict_pre_hook(hook, with_module=True)


def is_resuming(runner) -> bool:
    """Return whether a runner resumes a training, and does not only load
    weights.

    MMEngine 0.10's runner keeps the answer to itself: ``runner.resume`` is
    the method that resumes.
    """
    return runner._resume
