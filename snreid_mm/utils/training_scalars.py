"""What a training has logged, read from MMEngine's ``scalars.json``."""

import json
from pathlib import Path
from typing import Dict, List, NamedTuple, Union


class Curve(NamedTuple):
    """What was logged of one quantity.

    Args:
        unit (str): What the points are counted in, ``'epoch'`` or
            ``'iteration'``.
        points (dict[int, float]): The values by their epoch or iteration.
    """

    unit: str
    points: Dict[int, float]


# The clock and the counters.
_SKIPPED = ('data_time', 'time', 'epoch', 'iter', 'step', 'memory')


def read_scalars(path: Union[str, Path]) -> Dict[str, Curve]:
    """Read what MMEngine's ``LocalVisBackend`` has written.

    The lines of training count iterations. Those of a validation count
    epochs, or iterations in a training without epochs.

    Args:
        path (str | Path): The folder of a training, of which all parts count
            if it was stopped and resumed (where two have one point, the later
            counts); or one ``scalars.json``.

    Returns:
        dict[str, Curve]: The curves by the names of what was logged.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If a line is not whole, but for the last one of a training
            that still runs.
    """
    path = Path(path)
    files = sorted(path.glob('*/vis_data/scalars.json')) \
        if path.is_dir() else [path]
    if not files or not path.exists():
        raise FileNotFoundError(
            f'{path} holds no */vis_data/scalars.json: name the folder of a '
            'training (work_dir), or such a file.')
    entries = [entry for file in files for entry in _read_lines(file)]
    by_epoch = any('epoch' in entry for entry in entries)
    curves: Dict[str, Curve] = {}
    for entry in entries:
        unit = 'epoch' if by_epoch and 'iter' not in entry else 'iteration'
        at = entry.get('iter', entry.get('step'))
        for name, value in entry.items():
            if name not in _SKIPPED and at is not None and isinstance(
                    value, (int, float)):
                curve = curves.setdefault(name, Curve(unit, {}))
                curve.points[at] = float(value)
    return curves


def _read_lines(file: Path) -> List[dict]:
    lines = file.read_text().split('\n')
    # What is behind the last end of a line is not whole yet.
    entries = []
    for number, line in enumerate(lines[:-1], 1):
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f'Line {number} of {file} is no JSON ({error}): '
                             'take it out, or name another run.') from None
        if not isinstance(entry, dict):
            raise ValueError(f'Line {number} of {file} is no JSON object: '
                             'take it out, or name another run.')
        entries.append(entry)
    return entries
