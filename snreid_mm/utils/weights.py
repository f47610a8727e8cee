"""Published weights, as the converters read and write them."""

import io
from pathlib import Path
from typing import Dict

import torch

from .files import write_atomically
from .safe_load import read_checkpoint


def check_target(source: str, target: str) -> None:
    """Refuse to write a checkpoint over the file it is made of.

    Args:
        source (str): The file to read.
        target (str): The file to write.

    Raises:
        ValueError: If the two are one.
    """
    if Path(source).resolve() == Path(target).resolve():
        raise ValueError(f'{target} is the file to read from: give the '
                         'checkpoint another name.')


def read_state_dict(path: str) -> Dict[str, torch.Tensor]:
    """Read a state dict, without running code that the file may hold.

    Args:
        path (str): A state dict, or a checkpoint that has one.

    Returns:
        dict[str, Tensor]: The weights by their names in the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint.
    """
    state = read_checkpoint(path)
    if isinstance(state.get('state_dict'), dict):
        state = state['state_dict']
    return state


def write_weights(path: str, weights: Dict[str, torch.Tensor], source: str,
                  **meta) -> None:
    """Write a checkpoint of MMEngine's kind.

    Args:
        path (str): The file.
        weights (dict[str, Tensor]): Its weights.
        source (str): The file they come from, whose name is noted.
        **meta: What else to note.
    """
    buffer = io.BytesIO()
    meta = dict(source=Path(source).name, **meta)
    torch.save(dict(meta=meta, state_dict=weights), buffer)
    write_atomically(path, buffer.getvalue())
