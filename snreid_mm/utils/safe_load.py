"""Let MMEngine's checkpoints load while ``weights_only=True`` stays on.

``torch.load`` of torch >= 2.6 refuses every type that is not on a list. A
checkpoint of MMEngine's runner holds, besides tensors, the message hub's
history: ``HistoryBuffer`` objects around NumPy arrays and scalars. We put
exactly those on the list, so that a checkpoint from the internet still cannot
run code.
"""

import os
import zipfile

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.utils import digit_version

_STATISTICS = ('min', 'max', 'current', 'mean')


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


def allow_runner_checkpoints() -> None:
    """Put the types of a runner's checkpoint on torch's list of safe types.

    Called when ``snreid_mm`` is imported. Does nothing on torch < 2.6, whose
    ``torch.load`` has no such list by default.
    """
    if digit_version(torch.__version__.split('+')[0]) < digit_version('2.6'):
        return
    multiarray = np.core.multiarray if np.__version__ < '2' \
        else np._core.multiarray
    allowed = [
        HistoryBuffer,
        (_history_buffer_attribute, 'builtins.getattr'),
        np.ndarray,
        np.dtype,
    ]
    # NumPy 2 renamed its core; a file of either must load under the other.
    for core in ('numpy.core', 'numpy._core'):
        allowed += [
            (multiarray._reconstruct, f'{core}.multiarray._reconstruct'),
            (multiarray.scalar, f'{core}.multiarray.scalar'),
        ]
    # uint8: the colours of the skeleton in a pose estimator's checkpoint.
    for kind in ('float16', 'float32', 'float64', 'uint8', 'int32', 'int64',
                 'bool'):
        allowed.append(type(np.dtype(kind)))
    torch.serialization.add_safe_globals(allowed)


class CutOffError(ValueError):
    """A checkpoint whose end is missing."""


def check_checkpoint_file(path: str) -> None:
    """Refuse a file that :func:`read_checkpoint` cannot read.

    URLs and other schemes (``torchvision://``) are left to MMEngine.

    Args:
        path (str): Path or URL of the checkpoint.
    """
    if '://' not in path:
        read_checkpoint(path)


def read_checkpoint(path: str) -> dict:
    """Read a checkpoint file, without running code that it may hold.

    A cut-off file would fail deep in torch, with a message about archives.

    Args:
        path (str): Path of the checkpoint.

    Returns:
        dict: What it holds, on the CPU. The weights of torch's own format
        are mapped, and read from the disk as they are used.

    Raises:
        FileNotFoundError: If there is no such file.
        CutOffError: If the file is empty or cut off.
        ValueError: If it is no checkpoint, or not one that is safe to load.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no checkpoint {path!r}.')
    with open(path, 'rb') as file:
        start = file.read(2)
    is_zip = zipfile.is_zipfile(path)
    if not start or start == b'PK' and not is_zip:
        raise CutOffError(
            f'{path} is not a whole checkpoint: its end is missing, as after '
            'an interrupted download or a full disk. Fetch or train it '
            'again.')
    try:
        content = torch.load(
            path, map_location='cpu', weights_only=True, mmap=is_zip)
    except Exception as error:  # torch raises whatever the bytes lead to
        reason = str(error).split('\n')[0]
        raise ValueError(
            f'{path} is not a checkpoint that torch can load safely '
            f'({type(error).__name__}: {reason}). Is it the file you meant, '
            'and not a web page or a pointer to it?') from error
    if not isinstance(content, dict):
        raise ValueError(
            f'{path} holds a {type(content).__name__}, not the dict of a '
            'checkpoint: give a file that training has saved.')
    return content
