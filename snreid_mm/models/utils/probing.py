"""Build the parts of a model so that their channel counts fit.

What a part gives is asked of the part itself, with one black image. Tables
of channel counts would have to know every backbone and every option.
"""

import inspect
from contextlib import contextmanager
from typing import Tuple, Union

import torch
from torch import nn

from snreid_mm.registry import MODELS

Maps = Union[torch.Tensor, Tuple[torch.Tensor, ...]]


def build_part(
        cfg: Union[dict, nn.Module],
        key: str,
        in_channels: Union[int, Tuple[int, ...], None] = None) -> nn.Module:
    """Build a part of a model, and fill in its ``in_channels``.

    Args:
        cfg (dict | nn.Module): The config. A module is returned as it is.
        key (str): Where the config stands, for messages: ``'model.neck'``.
        in_channels (int | tuple[int], optional): What the part before gives.
            It is written where the class's constructor has that argument
            and the config leaves it out. Defaults to None.

    Returns:
        nn.Module: The part.

    Raises:
        TypeError: If the config has no type, or an argument that its type
            does not have.
        ValueError: If the class refuses the number that was filled in.
    """
    if isinstance(cfg, nn.Module):
        return cfg
    if in_channels is None or not (isinstance(cfg, dict)
                                   and leaves_out(cfg, 'in_channels')):
        return _build(cfg, key)
    try:
        return MODELS.build({**cfg, 'in_channels': in_channels})
    except Exception as error:
        raise ValueError(
            f'{key} ({cfg["type"]}) cannot be built with in_channels='
            f'{in_channels}, which is what it is given ({error}): change the '
            f'part, or write {key}.in_channels yourself.') from error


def _build(cfg: dict, key: str) -> nn.Module:
    """Build a part, and name the key where that fails."""
    try:
        return MODELS.build(cfg)
    except (KeyError, TypeError) as error:
        raise TypeError(
            f'{key} cannot be built ({error}). If arguments of the _base_ '
            'config are in the way, where another type stands, write '
            f'_delete_=True into {key}.') from error


def fill_in(cfg: dict, **known) -> dict:
    """Return a part's config with what is known where it leaves it out."""
    if 'type' not in cfg:
        return cfg
    known = {k: value for k, value in known.items() if leaves_out(cfg, k)}
    return {**cfg, **known}


def leaves_out(cfg: dict, name: str) -> bool:
    """Whether a config leaves out an argument that its class has."""
    if cfg.get(name) is not None:
        return False
    with MODELS.switch_scope_and_registry(cfg.get('_scope_')) as registry:
        cls = cfg.get('type')
        if isinstance(cls, str):
            cls = registry.get(cls)
    # An unknown type is left to the registry, whose message says more.
    return cls is not None and name in inspect.signature(cls).parameters


@torch.no_grad()
def probe(part: nn.Module, inputs: Maps, key: str, hint: str = '') -> Maps:
    """Run a part once and leave it, and the random state, as they were.

    Args:
        part (nn.Module): The part.
        inputs (Tensor | tuple[Tensor]): Its input, one image.
        key (str): Where its config stands, for messages.
        hint (str): What to do if it fails, a sentence. Defaults to ''.

    Raises:
        ValueError: If the part cannot take the input.
    """
    with _evaluating(part), torch.random.fork_rng(devices=[]):
        try:
            return part(inputs)
        except Exception as error:
            raise ValueError(
                f'{key} ({type(part).__name__}) cannot take an input of shape '
                f'{_shapes(inputs)} ({error}).{hint and " " + hint}'
            ) from error


def last(outputs: Maps) -> torch.Tensor:
    """Return the last output, where a part has several."""
    return outputs[-1] if isinstance(outputs, (tuple, list)) else outputs


def channels(outputs: Maps, of_all: bool = False):
    """Count the channels of the last output, or, as a tuple, of each."""
    if of_all:
        return tuple(output.shape[1] for output in outputs)
    return last(outputs).shape[1]


def _shapes(outputs: Maps) -> str:
    if isinstance(outputs, torch.Tensor):
        return str(tuple(outputs.shape))
    return ' and '.join(str(tuple(output.shape)) for output in outputs)


@contextmanager
def _evaluating(part: nn.Module):
    """Set evaluation mode without calling ``eval()``.

    Some backbones freeze or switch parts in their ``train()``, and those of
    MMPose return None from it, so the flags are set one by one.
    """
    modes = [(module, module.training) for module in part.modules()]
    for module, _ in modes:
        module.training = False
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
