"""Load every checkpoint with ``weights_only=True``, a runner's included.

A checkpoint of MMEngine's runner holds, besides tensors, the message hub's
history: ``HistoryBuffer`` objects around NumPy arrays and scalars, which
``torch.load`` refuses. :func:`safe_loading` allows exactly those, and only
while a checkpoint is being read. PyTorch's own list of safe types is the same
before and after, so nothing changes for other loads of the process. Below
torch 2.6, which has no such list, an unpickler of our own knows it.

MMEngine chooses a loader by how a path begins, for the runner's ``load_from``
and ``resume``, for ``Pretrained`` and ``load_checkpoint``.
:func:`register_loaders` puts safe ones there, by MMEngine's
``CheckpointLoader.register_scheme``.
"""

import codecs
import functools
import logging
import os
import pickle
import zipfile
import zlib
from collections import OrderedDict
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Callable, Iterable, Optional
from urllib.error import URLError

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, print_log
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from mmengine.utils import digit_version

from .plain_config import parse_plain_config
from .restricted_pickle import restrict_pickle

_STATISTICS = ('min', 'max', 'current', 'mean')
_FORCE = 'TORCH_FORCE_WEIGHTS_ONLY_LOAD'
# Older versions of torch have no list that could hold more types.
HAS_LIST = digit_version(torch.__version__.split('+')[0]) >= digit_version(
    '2.6')
# MMEngine's loaders of what is not a local file, and how paths for them begin.
_REMOTE = {
    'load_from_http': ('http://', 'https://'),
    'load_from_torchvision': ('modelzoo://', 'torchvision://'),
    'load_from_openmmlab': ('open-mmlab://', 'openmmlab://'),
    'load_from_mmcls': ('mmcls://', ),
    'load_from_pavi': ('pavi://', ),
    'load_from_ceph': (r'(\S+\:)?s3://', r'(\S+\:)?petrel://'),
}


class DamagedError(ValueError):
    """A checkpoint that is not as it was written: an earlier one may do."""


def _history_buffer_attribute(owner, name):
    """Stand in for ``getattr`` in a checkpoint.

    A history buffer is pickled with its statistics, which pickle writes as
    ``getattr(HistoryBuffer, 'mean')``. Allowing ``getattr`` itself would
    allow any attribute of any allowed object.
    """
    if owner is HistoryBuffer and name in _STATISTICS:
        return getattr(owner, name)
    raise ValueError(
        f'The checkpoint asks for attribute {name!r} of {owner!r}, which no '
        'checkpoint of MMEngine needs: do not trust this file.')


def _runner_types() -> list:
    """List what a runner's checkpoint holds besides tensors: types, or a
    function and the name that a file has for it."""
    types = [
        HistoryBuffer, (_history_buffer_attribute, 'builtins.getattr'),
        np.ndarray, np.dtype
    ]
    reconstruct = np.zeros(0).__reduce__()[0]
    scalar = np.float64().__reduce__()[0]
    # NumPy 2 renamed its core; a file of either must load under the other.
    for core in ('numpy.core', 'numpy._core'):
        types += [(reconstruct, f'{core}.multiarray._reconstruct'),
                  (scalar, f'{core}.multiarray.scalar')]
    # uint8: the colours of the skeleton in a pose estimator's checkpoint.
    for kind in ('float16', 'float32', 'float64', 'uint8', 'int32', 'int64',
                 'bool'):
        types.append(type(np.dtype(kind)))
    return types


def _runner_types_allowed():
    """Allow what a runner's checkpoint holds besides tensors."""
    # What is allowed already stays so afterwards.
    allowed = torch.serialization.get_safe_globals()
    return torch.serialization.safe_globals(
        [each for each in _runner_types() if each not in allowed])


@functools.lru_cache(maxsize=None)
def restricted_pickle():
    """Make the unpickler that takes the place of torch's below torch 2.6."""
    from torch._weights_only_unpickler import _get_allowed_globals
    names = dict(_get_allowed_globals())
    names['_codecs.encode'] = codecs.encode  # the bytes of NumPy's arrays
    types = [torch.Tensor, torch.nn.Parameter, OrderedDict]
    for each in _runner_types():
        if isinstance(each, tuple):
            names[each[1]] = each[0]
        else:
            names[f'{each.__module__}.{each.__qualname__}'] = each
            types.append(each)
    return restrict_pickle(names, tuple(types))


@contextmanager
def safe_loading():
    """Load safely inside ``with``, with the types of a runner's checkpoint.

    ``torch.load`` is bound to ``weights_only=True`` also where its caller
    switches that off, as ``torch.hub`` does. Threads that load meanwhile are
    bound too.
    """
    before = os.environ.get(_FORCE)
    os.environ[_FORCE] = '1'
    try:
        with _runner_types_allowed() if HAS_LIST else nullcontext():
            yield
    finally:
        if before is None:
            del os.environ[_FORCE]
        else:
            os.environ[_FORCE] = before


def register_loaders() -> None:
    """Make MMEngine load checkpoints safely, from wherever they come.

    Called when ``snreid_mm`` is imported. Below torch 2.6 what is not a file
    here may hold tensors alone.
    """
    CheckpointLoader.register_scheme('', load_from_local, force=True)
    for name, prefixes in _REMOTE.items():
        CheckpointLoader.register_scheme(
            prefixes, _safely(getattr(mmengine_checkpoint, name)), force=True)


def load_from_local(filename: str, map_location=None) -> dict:
    """Load a checkpoint file, in place of MMEngine's loader of that name."""
    return read_checkpoint(os.path.expanduser(filename), map_location)


def _safely(loader: Callable) -> Callable:
    """Wrap one of MMEngine's loaders of remote checkpoints."""

    @functools.wraps(loader)
    def load(filename, map_location=None):
        try:
            with safe_loading(), _without_list_of_fork():
                content = loader(filename, map_location=map_location)
            return _without_code(content, filename)
        except URLError as error:
            raise ConnectionError(
                f'The weights {filename!r} cannot be fetched ({error.reason}):'
                ' write a local file in their place in the config, or None.'
            ) from error
        except pickle.UnpicklingError as error:
            raise _unsafe(filename, error) from error

    return load


def read_checkpoint(path: str, map_location='cpu') -> dict:
    """Read a checkpoint file, without running code that it may hold.

    Args:
        path (str): The file.
        map_location (str | Callable, optional): See ``torch.load``. Defaults
            to the CPU.

    Returns:
        dict: The contents.

    Raises:
        FileNotFoundError: If there is no such file.
        DamagedError: If the file is empty, cut off or damaged.
        ValueError: If it is no checkpoint, or not one that is safe to load.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no checkpoint {path!r}.')
    with open(path, 'rb') as file:
        start = file.read(2)
    fault = None if start else 'it is empty'
    if start == b'PK':
        fault = _find_damage(path)
    if fault:
        raise DamagedError(
            f'{path} is not a whole checkpoint: {fault}, as after an '
            'interrupted download or a full disk. Fetch or train it again.')
    try:
        if HAS_LIST:
            with safe_loading():
                content = torch.load(
                    path, map_location=map_location, weights_only=True)
        else:
            content = _load_without_list(path, map_location)
    except Exception as error:  # torch raises whatever the bytes lead to
        raise _unsafe(path, error) from error
    if not isinstance(content, dict):
        raise ValueError(
            f'{path} holds a {type(content).__name__}, not the dict of a '
            'checkpoint: give a file that training has saved.')
    return _without_code(content, path)


def find_newest_whole(paths: Iterable[Path]) -> Optional[Path]:
    """Find the checkpoint that was written last and is not damaged, as the
    last one can be of a machine that died; None if there is none.

    Raises:
        ValueError: If that one is whole and cannot be read all the same. An
            older one would not do instead.
    """
    newest = sorted(
        paths, key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest:
        try:
            read_checkpoint(str(path))
            return path
        except DamagedError as error:
            print_log(str(error), logger='current', level=logging.WARNING)
    return None


def _load_without_list(path: str, map_location) -> object:
    """Load a file below torch 2.6."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as file:
            # torch would load it by another way, whatever unpickler it has.
            if any(name.endswith('/constants.pkl')
                   for name in file.namelist()):
                raise pickle.UnpicklingError('it is a program of TorchScript')
    return torch.load(
        path, map_location=map_location, pickle_module=restricted_pickle())


def _find_damage(path: str) -> Optional[str]:
    """Compare a checkpoint with its checksums, which torch does not read."""
    try:
        with zipfile.ZipFile(path) as file:
            name = file.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return 'its end is missing'
    return name and f'{name} in it is damaged'


def _without_code(content: dict, source: str) -> dict:
    """Take out the configs that would run code: MMEngine executes some when
    it resumes, or makes an inferencer of a checkpoint alone."""
    hub = content.get('message_hub')
    runtime_info = hub.get('runtime_info') if isinstance(hub, dict) else None
    for owner in (content.get('meta'), runtime_info):
        for key in ('cfg', 'config') if isinstance(owner, dict) else ():
            if isinstance(owner.get(key), str):
                try:
                    parse_plain_config(owner[key])
                except ValueError as error:
                    del owner[key]
                    print_log(
                        f'{source} holds a config that is left out. {error}',
                        logger='current',
                        level=logging.WARNING)
    return content


@contextmanager
def _without_list_of_fork():
    """Keep MMEngine's fork (onedl) from allowing more meanwhile: its list has
    ``getattr`` itself."""
    name = 'get_torch_safe_globals'
    before = getattr(mmengine_checkpoint, name, None)
    if before is not None:
        setattr(mmengine_checkpoint, name, list)
    try:
        yield
    finally:
        if before is not None:
            setattr(mmengine_checkpoint, name, before)


def _unsafe(path: str, error: Exception) -> ValueError:
    reason = str(error).split('\n')[0]
    more = '' if HAS_LIST else (
        ' Below torch 2.6 a checkpoint of a runner must be a file here.')
    return ValueError(
        f'{path} is not a checkpoint that torch can load safely '
        f'({type(error).__name__}: {reason}). Is it the file you meant, and '
        f'not a web page or a pointer to it?{more}')
