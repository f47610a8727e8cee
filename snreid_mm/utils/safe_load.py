"""Let MMEngine's checkpoints load while ``weights_only=True`` stays on.

``torch.load`` of torch >= 2.6 refuses every type that is not on a list. A
checkpoint of MMEngine's runner holds, besides tensors, the message hub's
history: ``HistoryBuffer`` objects around NumPy arrays and scalars. We put
exactly those on the list, so that a checkpoint from the internet still cannot
run code.
"""

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
    for kind in ('float16', 'float32', 'float64', 'int32', 'int64', 'bool'):
        allowed.append(type(np.dtype(kind)))
    torch.serialization.add_safe_globals(allowed)
