"""Published weights, as the converters read and write them."""

import io
from pathlib import Path
from typing import Dict, Sequence, Union

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


def average_weights(
        paths: Sequence[Union[str, Path]]) -> Dict[str, torch.Tensor]:
    """Average the weights of checkpoints of one model, computed in float64.

    Trainings that went from the same pretrained weights to different seeds
    can be averaged, as `Model soups <https://arxiv.org/abs/2203.05482>`_
    found; those that began at random cannot, and nothing here would notice.
    Batch norm's statistics are averaged like weights. What is no floating
    point must be the same in all, but counts of batches, which are the
    first's.

    Args:
        paths (Sequence[str | Path]): The checkpoints.

    Returns:
        dict[str, Tensor]: The mean of each weight, in the first's type.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If one is no checkpoint, or not of the first's model, or
            the mean of a weight is not finite.
    """
    first = read_state_dict(str(paths[0]))
    sums = {
        key: value.to(torch.float64)
        for key, value in first.items()
        if isinstance(value, torch.Tensor) and value.is_floating_point()
    }
    for path in paths[1:]:
        state = read_state_dict(str(path))
        different = next((key for key in sorted({*first, *state})
                          if not _can_be_averaged(key, first, state)), None)
        if different is not None:
            raise ValueError(
                f'{path} cannot be averaged with {paths[0]}: {different} is '
                'missing from one of them, of another shape or type, or holds '
                'other integers. Give checkpoints of one config on the same '
                'training data.')
        for key in sums:
            sums[key] += state[key]
    means = {
        key: (sums[key] / len(paths)).to(value.dtype) if key in sums else value
        for key, value in first.items()
    }
    for key in sums:
        if not means[key].isfinite().all():
            raise ValueError(f'The mean of {key} is not finite: one of '
                             f'{", ".join(map(str, paths))} is broken, train '
                             'it again.')
    return means


def _can_be_averaged(key: str, first: dict, other: dict) -> bool:
    one, two = first.get(key), other.get(key)
    if not (isinstance(one, torch.Tensor) and isinstance(two, torch.Tensor)
            and one.shape == two.shape and one.dtype == two.dtype):
        return False
    return (one.is_floating_point() or key.endswith('num_batches_tracked')
            or torch.equal(one, two))
