"""Writing a file whole or not at all."""

import os
from pathlib import Path
from typing import Union


def write_atomically(path: Union[str, Path], data: Union[bytes, str]) -> None:
    """Write a file, a str in UTF-8, so that nobody ever sees half of it.

    The data goes to a temporary file beside ``path``, which then takes its
    place in one step. Missing folders are made.

    Raises:
        OSError: If the file cannot be written; what stood there before is
            then still there.
    """
    path = Path(path)
    if isinstance(data, str):
        data = data.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    # The process id keeps two processes from sharing one temporary file.
    temporary = path.with_name(f'.{path.name}.{os.getpid()}.tmp')
    try:
        with temporary.open('wb') as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # or a power cut leaves an empty file
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
