"""The calibration of a model as a file, kept beside its checkpoint."""

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Union

from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.strict_json import parse_json
from .functional import Calibration

_REMEDY = 'fit it again (tools/analysis_tools/calibrate.py)'


def write_calibration(path: Union[str, Path],
                      calibration: Calibration) -> None:
    """Write a calibration as JSON.

    Args:
        path (str | Path): The file, ``.json``.
        calibration (Calibration): What to write.

    Raises:
        OSError: If the file cannot be written.
    """
    write_atomically(path, json.dumps(asdict(calibration), indent=2) + '\n')


def read_calibration(path: Union[str, Path]) -> Calibration:
    """Read what :func:`write_calibration` wrote.

    Args:
        path (str | Path): The file.

    Returns:
        Calibration: The calibration.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no calibration. The message names what is wrong.
    """
    data = parse_json(Path(path).read_bytes(), str(path), _REMEDY)
    names = [field.name for field in fields(Calibration)]
    if not isinstance(data, dict) or sorted(data) != sorted(names):
        raise ValueError(f'{path} is no calibration: it must hold '
                         f'{", ".join(names)} and nothing else; {_REMEDY}.')
    try:
        return Calibration(**data)
    except ValueError as error:
        raise ValueError(f'{path}: {error} {_REMEDY.capitalize()}.') from error
