"""Refuse a checkpoint of another model.

MMEngine loads weights with ``strict=False``: what does not fit is logged and
left out, and a test of a half-loaded model gives a number that looks like a
result. What decides the embedding must fit; the rest may differ.
"""

import logging
from typing import List, Sequence, Tuple

import torch
from mmengine.logging import print_log
from torch import nn


class CheckpointGuard(nn.Module):
    """Mix-in for a model: load all that decides the embedding, or raise.

    The check is made after the parts have loaded their weights, because some
    backbones adapt a checkpoint while they load it (position embeddings of
    another image size, for example). It holds for ``load_state_dict`` and
    for MMEngine's ``load_checkpoint``, strict or not, also where the model
    is part of another one.

    Attributes:
        guarded (tuple[str]): The names of the parts that must fit.
        free (tuple[str]): The names of the parts that may be missing, or
            differ. What differs keeps its initial values. A part of a free
            part can be guarded, by its dotted name.
    """

    guarded: Tuple[str, ...] = ()
    free: Tuple[str, ...] = ()

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.register_load_state_dict_post_hook(_check)

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, strict,
                              missing_keys, unexpected_keys,
                              error_msgs) -> None:
        # This is called for the model first, then for its parts, each of
        # which adds to the same three lists.
        shapes = {
            key: tuple(value.shape)
            for key, value in state_dict.items()
            if key.startswith(prefix) and isinstance(value, torch.Tensor)
        }
        self._loading = (prefix, shapes, error_msgs)
        self._leave_out_free(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, local_metadata,
                                      strict, missing_keys, unexpected_keys,
                                      error_msgs)

    def _leave_out_free(self, state_dict: dict, prefix: str) -> None:
        """Take what does not fit a free part out of a checkpoint."""
        own = {
            prefix + key: value.shape
            for key, value in self.state_dict().items()
            if isinstance(value, torch.Tensor)
        }
        guarded = tuple(f'{prefix}{name}.' for name in self.guarded)
        for name in self.free:
            left_out = [
                key for key, value in state_dict.items()
                if key.startswith(f'{prefix}{name}.')
                and not key.startswith(guarded)
                and own.get(key) != getattr(value, 'shape', None)
            ]
            for key in left_out:
                del state_dict[key]
            if left_out:
                print_log(
                    f'{len(left_out)} weights of the checkpoint\'s {name} do '
                    f'not fit the model\'s and are not loaded: '
                    f'{", ".join(left_out[:4])}. The embedding does not '
                    'depend on them.',
                    logger='current')


def _check(model: CheckpointGuard, incompatible_keys) -> None:
    """Judge what the parts have reported (a post-hook of loading)."""
    prefix, shapes, error_msgs = model._loading
    del model._loading

    def of_parts(keys: Sequence[str], names: Sequence[str]) -> List[str]:
        starts = tuple(f'{prefix}{name}.' for name in names)
        # PyTorch's older checkpoints lack this counter, and it is not used.
        return [
            key for key in keys if key.startswith(starts)
            and not key.endswith('.num_batches_tracked')
        ]

    missing = of_parts(incompatible_keys.missing_keys, model.guarded)
    unexpected = of_parts(incompatible_keys.unexpected_keys, model.guarded)
    misfits = of_parts([
        key for key in shapes if any(f' {key}:' in msg or f'"{key}"' in msg
                                     for msg in error_msgs)
    ], model.guarded)
    if missing or unexpected or misfits:
        own = {
            prefix + key: tuple(value.shape)
            for key, value in model.state_dict().items()
            if isinstance(value, torch.Tensor)
        }
        reasons = []
        if missing:
            reasons.append(
                _some(missing, 'missing from it',
                      lambda key: own.get(key, '')))
        if unexpected:
            reasons.append(
                _some(unexpected, 'unknown to the model',
                      lambda key: shapes.get(key, '')))
        if misfits:
            reasons.append(
                _some(misfits, 'of another shape',
                      lambda key: f'{shapes[key]}, the model\'s {own[key]}'))
        raise ValueError(
            f'The checkpoint does not fit the model: {"; ".join(reasons)}. '
            'Is it a checkpoint of another model? The config has '
            f'{_describe(model)}. Give the config it was trained with. To '
            'start from a pretrained backbone, use model.backbone.init_cfg '
            'instead of load_from.')

    left = of_parts(incompatible_keys.missing_keys, model.free)
    if left:
        # Taken off the list, so that a strict load passes too.
        incompatible_keys.missing_keys[:] = [
            key for key in incompatible_keys.missing_keys if key not in left
        ]
        print_log(
            f'{len(left)} weights keep their initial values, because the '
            f'checkpoint has none that fit: {", ".join(left[:4])}. The '
            'embedding does not depend on them; training does.',
            logger='current',
            level=logging.WARNING)


def _some(keys: List[str], what: str, detail) -> str:
    """Count keys and show the first of them."""
    shown = ', '.join(f'{key} {detail(key)}' for key in keys[:3])
    more = ', …' if len(keys) > 3 else ''
    verb = 'is' if len(keys) == 1 else 'are'
    noun = 'weight' if len(keys) == 1 else 'weights'
    return f'{len(keys)} {noun} {verb} {what} ({shown}{more})'


def _describe(model: CheckpointGuard) -> str:
    parts = []
    for name in model.guarded:
        part = model
        for attribute in name.split('.'):
            part = getattr(part, attribute, None)
        parts.append(f'no {name}' if part is None else f'{name} {_kind(part)}')
    return ', '.join(parts)


def _kind(part: nn.Module) -> str:
    kind = type(part).__name__
    if kind == 'Sequential':
        return ' + '.join(type(child).__name__ for child in part)
    # `depth` (ResNet) or `arch` (ConvNeXt, Swin) tells sizes apart.
    for name in ('depth', 'arch'):
        value = getattr(part, name, None)
        if isinstance(value, (int, str)):
            return f'{kind}({name}={value!r})'
    return kind
