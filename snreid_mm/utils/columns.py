"""A table of columns as a JSON, CSV or NPZ file."""

import csv
import io
import json
from pathlib import Path
from typing import Mapping, Union

import numpy as np

from .files import write_atomically

FORMATS = ('.json', '.csv', '.npz')


def check_format(path: Union[str, Path]) -> None:
    """Refuse a path whose suffix is none of :data:`FORMATS`, with a
    ValueError."""
    if Path(path).suffix not in FORMATS:
        raise ValueError(f'{path} must end in {", ".join(FORMATS)}.')


def write_columns(path: Union[str, Path],
                  columns: Mapping[str, np.ndarray]) -> None:
    """Write columns of equal length, whole or not at all.

    JSON is a list of objects, one for each row. CSV has a header; a column
    with several numbers in a row becomes ``name_0, name_1, …``. NaN means
    that there is no value: null in JSON, an empty cell in CSV. NPZ holds the
    arrays as they are.

    Args:
        path (str | Path): The file; its suffix says the format.
        columns (Mapping[str, np.ndarray]): Arrays of shape (N, ) or (N, D).

    Raises:
        ValueError: If the suffix is another.
        OSError: If the file cannot be written.
    """
    check_format(path)
    suffix = Path(path).suffix
    if suffix == '.npz':
        data = io.BytesIO()
        np.savez(data, **columns)
        write_atomically(path, data.getvalue())
        return
    if suffix == '.csv':
        columns = {
            key: value
            for name, array in columns.items()
            for key, value in _split(name, array).items()
        }
    rows = zip(*(map(_plain, array.tolist()) for array in columns.values()))
    if suffix == '.json':
        listed = [dict(zip(columns, row)) for row in rows]
        write_atomically(path, json.dumps(listed, indent=1) + '\n')
        return
    text = io.StringIO(newline='')
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(columns)
    writer.writerows(rows)
    write_atomically(path, text.getvalue())


def _split(name: str, array: np.ndarray) -> Mapping[str, np.ndarray]:
    if array.ndim == 1:
        return {name: array}
    return {f'{name}_{i}': column for i, column in enumerate(array.T)}


def _plain(value):
    """Give NaN as None."""
    return None if value != value else value
