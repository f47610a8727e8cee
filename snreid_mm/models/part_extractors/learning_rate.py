"""A learning rate of their own for the parts.

In OpenMMLab learning rates belong to the optimizer, which finds parameters
by their names::

    optim_wrapper = dict(paramwise_cfg=dict(
        custom_keys={'part_extractor': dict(lr_mult=0.1)}))

``model.part_extractor.lr_mult=0.1`` says the same in one line, beside
``frozen``. :func:`move_lr_mult` brings it where the optimizer reads it.
"""

import inspect
from typing import Optional

import torch
from mmengine.config import Config
from torch import nn

from snreid_mm.registry import MODELS

_KEY = 'part_extractor'
_CONSTRUCTOR = 'DefaultOptimWrapperConstructor'


def move_lr_mult(cfg: Config) -> None:
    """Move ``model.part_extractor.lr_mult`` into the optimizer's config.

    ``tools/train.py`` calls it; a training script of your own must, if the
    part extractor has an ``lr_mult``.

    Args:
        cfg (Config): A runner's config; changed in place.

    Raises:
        ValueError: If the parts are frozen and have a learning-rate
            multiplier, here or in ``paramwise_cfg``, if they have two, or if
            the optimizer's constructor does not read it.
    """
    parts = (cfg.get('model') or {}).get('part_extractor')
    if not isinstance(parts, dict):
        return
    optimizer = cfg.get('optim_wrapper') or {}
    paramwise = dict(optimizer.get('paramwise_cfg') or {})
    custom = dict(paramwise.get('custom_keys') or {})
    lr_mult = parts.get('lr_mult')
    given = [
        key for key, value in custom.items()
        # OpenPoseParts trains this layer also where the rest is frozen.
        if _KEY in key and 'pose1' not in key and 'lr_mult' in value
    ]
    for key in given:
        check_lr_mult(
            _is_frozen(parts), custom[key]['lr_mult'],
            f'optim_wrapper.paramwise_cfg.custom_keys[{key!r}].lr_mult')
    check_lr_mult(_is_frozen(parts), lr_mult)
    if lr_mult is None or not optimizer:
        return
    if given:
        raise ValueError(
            'The learning-rate multiplier of the parts is set twice, as '
            f'model.part_extractor.lr_mult={lr_mult} and in '
            f'optim_wrapper.paramwise_cfg.custom_keys[{given[0]!r}]: take one '
            'out.')
    constructor = optimizer.get('constructor', _CONSTRUCTOR)
    if constructor != _CONSTRUCTOR:
        raise ValueError(
            f'model.part_extractor.lr_mult={lr_mult} would do nothing: '
            f'optim_wrapper.constructor={constructor!r} gives the learning '
            f'rates, and only {_CONSTRUCTOR} reads it; take lr_mult out.')
    custom[_KEY] = dict(lr_mult=lr_mult)
    paramwise['custom_keys'] = custom
    optimizer['paramwise_cfg'] = paramwise
    parts['lr_mult'] = None


def check_lr_mult(frozen: bool,
                  lr_mult: Optional[float],
                  key: str = 'part_extractor.lr_mult') -> None:
    """Refuse a multiplier of what is not trained, or one that is no number.

    Args:
        frozen (bool): Whether the parts are frozen.
        lr_mult (float, optional): The multiplier.
        key (str): Where it stands, for the message.

    Raises:
        ValueError: See above.
    """
    if lr_mult is None:
        return
    if frozen:
        raise ValueError(
            f'{key} is {lr_mult}, but the parts are frozen and have no '
            'learning rate: take it out, or set part_extractor.frozen=False.')
    if not isinstance(lr_mult, (int, float)) or not lr_mult > 0:
        raise ValueError(f'{key} must be a positive number, but it is '
                         f'{lr_mult!r}; to train nothing, set '
                         'part_extractor.frozen=True.')


def check_lr_mult_was_moved(module: nn.Module) -> None:
    """Refuse to train a part extractor whose multiplier nobody has read.

    Args:
        module (nn.Module): The part extractor.

    Raises:
        ValueError: See above.
    """
    if (module.lr_mult is not None and module.training
            and torch.is_grad_enabled()):
        raise ValueError(
            f'part_extractor.lr_mult={module.lr_mult} has not reached the '
            'optimizer: call snreid_mm.models.part_extractors.move_lr_mult('
            'cfg) before the runner is built, as tools/train.py does, or '
            'write optim_wrapper.paramwise_cfg=dict(custom_keys=dict('
            f'{_KEY}=dict(lr_mult={module.lr_mult}))) instead.')


def _is_frozen(parts: dict) -> bool:
    if 'frozen' in parts:
        return bool(parts['frozen'])
    with MODELS.switch_scope_and_registry(parts.get('_scope_')) as registry:
        cls = parts.get('type')
        cls = registry.get(cls) if isinstance(cls, str) else cls
    if cls is None:
        return False
    argument = inspect.signature(cls).parameters.get('frozen')
    return argument is not None and argument.default is True
