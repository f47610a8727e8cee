"""Published weights, as the converters read and write them."""

import io
from pathlib import Path
from typing import Dict

import torch

from .files import write_atomically
from .safe_load import read_checkpoint


def check_target(source: str, target: str) -> None:
    """Refuse to write a checkpoint over the file it is made of, with a
    ValueError."""
    if Path(source).resolve() == Path(target).resolve():
        raise ValueError(f'{target} is the file to read from: give the '
                         'checkpoint another name.')


def read_state_dict(path: str) -> Dict[str, torch.Tensor]:
    """Read the weights of a state dict, or of a checkpoint that has one,
    without running code that the file may hold.

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
    """Write a checkpoint of MMEngine's kind, which notes the name of the file
    its weights come from, and ``meta``."""
    buffer = io.BytesIO()
    meta = dict(source=Path(source).name, **meta)
    torch.save(dict(meta=meta, state_dict=weights), buffer)
    write_atomically(path, buffer.getvalue())
