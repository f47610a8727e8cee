"""Refuse a checkpoint that does not fit, whoever loads it.

MMEngine loads weights with ``strict=False``: what does not fit is logged and
left out, and a test of a half-loaded model gives a number that looks like a
result. MMEngine's loader and PyTorch's both call a module's load hooks, so
two hooks judge ``Pretrained``, ``load_from``, ``load_checkpoint`` and
``load_state_dict`` alike. They judge after the parts have loaded, because
some backbones adapt a checkpoint while they load it (position embeddings of
another image size, for example).
"""

import logging
from contextvars import ContextVar
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from mmengine.logging import print_log
from torch import nn

from snreid_mm.utils.compat import register_load_pre_hook


class CheckpointRule(NamedTuple):
    """What a checkpoint must hold to be loaded into a module.

    Of the names below, the longest that a weight stands under decides.

    Attributes:
        name (str): What the module is, for messages.
        remedy (str): What to do where a checkpoint does not fit, a sentence.
        guarded (tuple[str]): The names of the parts that must fit. Defaults
            to the whole module.
        free (tuple[str]): The names of the parts that may be missing from
            the checkpoint, unknown to the module, or of another shape. Then
            they keep their initial values. Defaults to none.
        partly (bool): Whether it is enough that one parameter fits.
            Defaults to False.
    """

    name: str
    remedy: str
    guarded: Tuple[str, ...] = ('', )
    free: Tuple[str, ...] = ()
    partly: bool = False

    def is_free(self, key: str) -> bool:
        """Whether a weight may differ."""
        return _depth(key, self.free) > _depth(key, self.guarded)

    def is_guarded(self, key: str) -> bool:
        """Whether a weight must fit."""
        return _depth(key, self.guarded) >= max(0, _depth(key, self.free))


class _Load(NamedTuple):
    """A load under way, of which the outermost module with a rule judges.

    ``missing`` and ``errors`` are the loader's own lists, to which each
    module adds; the former is the load's identity.
    """

    module_id: int
    prefix: str
    found: Dict[str, tuple]
    missing: List[str]
    errors: List[str]
    num_errors: int


_UNDER_WAY: ContextVar[Optional[_Load]] = ContextVar('load', default=None)


def refuse_misfits(module: nn.Module,
                   rule: Optional[CheckpointRule] = None) -> None:
    """Make a module refuse checkpoints that break a rule.

    From then on, loading raises a ValueError that names what is missing from
    the checkpoint, unknown to the module or of another shape. After it part
    of the checkpoint can be loaded; do not use the module further.

    Args:
        module (nn.Module): Any module. Inside another module with a rule,
            that one's holds instead where the whole is loaded.
        rule (CheckpointRule, optional): The rule. Defaults to
            ``module.checkpoint_rule``.
    """
    if rule is not None:
        module.checkpoint_rule = rule
    register_load_pre_hook(module, _begin)
    module.register_load_state_dict_post_hook(_judge)


class CheckpointGuard(nn.Module):
    """Mixin of a model: load all that decides the embedding, or raise.

    It stands before MMEngine's ``BaseModule`` among the bases.

    Attributes:
        guarded (tuple[str]): See :class:`CheckpointRule`.
        free (tuple[str]): See :class:`CheckpointRule`.
    """

    guarded: Tuple[str, ...] = ()
    free: Tuple[str, ...] = ()

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        refuse_misfits(self)

    @property
    def checkpoint_rule(self) -> CheckpointRule:
        """CheckpointRule: What a checkpoint of the model must hold."""
        parts = dict(self.named_modules())
        kinds = ', '.join(
            f'{name} {type(parts[name]).__name__}' if name in
            parts else f'no {name}' for name in self.guarded)
        return CheckpointRule(
            'the model',
            f'Is it a checkpoint of another model? The config has {kinds}. '
            'Give the config it was trained with. To start from a pretrained '
            'backbone, use model.backbone.init_cfg instead of load_from.',
            self.guarded, self.free)

    def init_weights(self) -> None:
        """Initialize the weights.

        Raises:
            ConnectionError: If weights cannot be fetched.
            FileNotFoundError: If there is no such checkpoint. Both messages
                name the key of the config that asks for it.
            ValueError: If a checkpoint does not fit.
        """
        try:
            super().init_weights()
        except OSError as error:
            key = next(_keys_in(self, str(error)), None)
            if key is None:
                raise
            raise type(error)(
                f'{error} {key} starts from it: make the file as the '
                'README.md beside the config says, write the path of another, '
                f'or start from random weights with {key}=None.') from error


def _begin(module, state_dict, prefix, metadata, strict, missing_keys,
           unexpected_keys, error_msgs) -> None:
    """Note what a checkpoint holds, before the parts take their weights."""
    load = _UNDER_WAY.get()
    if load is not None and load.missing is missing_keys:
        return  # a module around this one judges
    found = _shapes(state_dict, prefix)
    own = _shapes(module.state_dict(prefix=prefix), prefix)
    rule = module.checkpoint_rule
    left_out = [
        key for key, shape in found.items()
        if rule.is_free(key[len(prefix):]) and own.get(key) != shape
    ]
    for key in left_out:
        del state_dict[key]
    if left_out:
        print_log(
            f'{len(left_out)} weights of the checkpoint do not fit '
            f'{rule.name} and are left out, as they may be: '
            f'{", ".join(left_out[:4])}.',
            logger='current')
    _UNDER_WAY.set(
        _Load(
            id(module), prefix, found, missing_keys, error_msgs,
            len(error_msgs)))


def _judge(module, incompatible_keys) -> None:
    """Judge what the parts have reported."""
    missing_keys, unexpected_keys = incompatible_keys
    load = _UNDER_WAY.get()
    if (load is None or load.missing is not missing_keys
            or load.module_id != id(module)):
        return
    _UNDER_WAY.set(None)
    rule, prefix, found = module.checkpoint_rule, load.prefix, load.found

    def select(keys, applies) -> List[str]:
        return [
            key for key in keys
            if key.startswith(prefix) and applies(key[len(prefix):])
        ]

    own = _shapes(module.state_dict(prefix=prefix), prefix)
    missing = select(missing_keys, rule.is_guarded)
    unknown = select(unexpected_keys, rule.is_guarded)
    # A shape that a part has adapted differs too, but leads to no error.
    errors = load.errors[load.num_errors:]
    differ = [key for key in found if own.get(key, found[key]) != found[key]]
    misfits = select(differ, rule.is_guarded) if errors else []
    needed = select((prefix + name for name, _ in module.named_parameters()),
                    rule.is_guarded)
    reasons = []
    if needed and not set(needed) - {*missing, *misfits}:
        first = next(iter(found.items()), ('none', ''))
        reasons = [
            f'none of its {len(found)} weights fits (its first is {first[0]} '
            f'{first[1]}, the first that is needed {needed[0]} '
            f'{own[needed[0]]})'
        ]
    elif not rule.partly:
        reasons = [
            _listed(missing, 'missing from it', own),
            _listed(unknown, 'unknown to the model', found),
            _listed(misfits, 'of another shape', found, own),
            '' if differ else '; '.join(errors)
        ]
    if any(reasons):
        raise ValueError(f'The checkpoint does not fit {rule.name}: '
                         f'{"; ".join(filter(None, reasons))}. {rule.remedy}')

    left = select(missing_keys, rule.is_free)
    # Off the list, so that a strict load passes too.
    missing_keys[:] = [key for key in missing_keys if key not in left]
    # A classifier whose classes nobody has counted has no values.
    left = [key for key in left if 0 not in own[key]]
    if left:
        print_log(
            f'{len(left)} weights keep their initial values, because the '
            f'checkpoint has none that fit: {", ".join(left[:4])}.',
            logger='current',
            level=logging.WARNING)


def _depth(key: str, names: Tuple[str, ...]) -> int:
    """Return the length of the longest name that a key stands under, or -1."""
    return max((len(name) for name in names
                if not name or f'{key}.'.startswith(f'{name}.')),
               default=-1)


def _shapes(state: dict, prefix: str) -> Dict[str, tuple]:
    return {
        key: tuple(getattr(value, 'shape', ()))
        for key, value in state.items() if key.startswith(prefix)
    }


def _listed(keys: List[str],
            what: str,
            shapes: dict,
            own: Optional[dict] = None) -> str:
    """Count keys and show the first of them; '' if there are none."""
    if not keys:
        return ''
    shown = ', '.join(
        f'{key} {shapes.get(key, "")}' +
        (f", the model's {own[key]}" if own else '') for key in keys[:3])
    more = ', …' if len(keys) > 3 else ''
    number = '1 weight is' if len(keys) == 1 else f'{len(keys)} weights are'
    return f'{number} {what} ({shown}{more})'


def _keys_in(model: nn.Module, message: str) -> Iterator[str]:
    """Yield the config keys of the checkpoints that a message quotes."""
    for name, module in model.named_modules():
        for key in ('checkpoint', 'init_cfg'):
            value = getattr(module, key, None)
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    each = each.get('checkpoint')
                if isinstance(each, str) and repr(each) in message:
                    yield '.'.join(filter(None, ('model', name, key)))
