"""Writing a file or a folder whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Iterator, Union


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


@contextlib.contextmanager
def whole_folder(path: Union[str, Path]) -> Iterator[Path]:
    """Make a folder that nobody ever sees half of.

    Its contents go into a temporary folder beside ``path``, which takes its
    name, and the place of a folder that is there, when the block ends without
    an error.

    Args:
        path (str | Path): The folder. Missing ones above it are made.

    Yields:
        Path: The folder to write into.

    Raises:
        OSError: If it cannot be written; what stood there before is then
            still there.
    """
    path = Path(os.path.abspath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, so on the same file system.
    aside = Path(tempfile.mkdtemp(prefix=f'.{path.name}-', dir=path.parent))
    making, old = aside / 'making', aside / 'old'
    try:
        making.mkdir()
        yield making
        if path.exists():
            os.rename(path, old)
        try:
            os.rename(making, path)
        except BaseException:
            if old.exists():
                os.rename(old, path)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
