"""The steps of a long job, each done once for the same inputs."""

import json
from pathlib import Path
from typing import Callable, Dict, Optional, Sequence

from snreid_mm.utils.files import write_atomically
from .data_stamp import digest_file


class Steps:
    """Do what is not done, and say so, one line a step.

    A step is done if its record says that it was made of the same inputs, and
    its files are there as they were then. The record goes before the step
    begins and comes back when all its files are written, so that what was
    interrupted is done again, and so is what follows from a file that
    changed.

    Args:
        folder (Path): Where the records are.
        say (Callable): Takes the lines. Defaults to ``print``.
    """

    def __init__(self, folder: Path, say: Callable = print) -> None:
        self.folder = folder
        self.say = say

    def do(self, name: str, inputs: Dict, outputs: Sequence[Path],
           make: Callable[[], str]) -> None:
        """Do a step, unless it is done.

        Args:
            name (str): Its name, which is that of its record.
            inputs (dict): All that decides its result: plain values, and
                paths, which stand for the contents of the files.
            outputs (Sequence[Path]): The files that it writes, each whole or
                not at all.
            make (Callable): Writes them, and returns what is to be said of
                it.

        Raises:
            FileNotFoundError: If an input is not there, or an output was not
                written.
        """
        record = self.folder / f'{name}.json'
        wanted = {key: _stamp(value) for key, value in inputs.items()}
        if self._is_done(record, wanted, outputs):
            line = json.loads(record.read_text())['line']
            self.say(f'[kept] {name}: {line}')
            return
        record.unlink(missing_ok=True)
        self.say(f'[....] {name}')
        line = make()
        written = {str(path): _stamp(path) for path in outputs}
        write_atomically(
            record,
            json.dumps(
                dict(inputs=wanted, outputs=written, line=line), indent=1))
        self.say(f'[done] {name}: {line}')

    @staticmethod
    def _is_done(record: Path, wanted: Dict,
                 outputs: Sequence[Path]) -> bool:
        if not record.is_file() or not all(p.is_file() for p in outputs):
            return False
        known = json.loads(record.read_text())
        return known['inputs'] == wanted and known['outputs'] == {
            str(path): _stamp(path)
            for path in outputs
        }


def _stamp(value) -> Optional[object]:
    """The digest of a file, and any other value as JSON gives it back."""
    if isinstance(value, Path):
        return digest_file(value)
    return json.loads(json.dumps(value))
