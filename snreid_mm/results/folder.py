"""What the folder of a run says: done, failed, under way, or of another
config."""

import hashlib
import json
from pathlib import Path
from typing import Dict, List, Optional

from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.safe_load import CutOffError, read_checkpoint

from .data_stamp import STAMP
from .plan import Run

CONFIG = 'config.py'
SETTINGS = 'settings.json'
RESULT = 'result.json'
FAILURE = 'failure.json'
TRAINED = 'trained.json'
METRICS = 'metrics.json'
RANKINGS = 'rankings.json'


def fingerprint(settings: Dict[str, str]) -> str:
    """Give a short name to a set of settings.

    Args:
        settings (dict[str, str]): Every setting by its dotted key.

    Returns:
        str: Sixteen hexadecimal digits; equal settings have equal ones.
    """
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_state(run: Run, name: str) -> Optional[dict]:
    """Read one of a run's JSON files.

    Args:
        run (Run): The run.
        name (str): The file's name.

    Returns:
        dict | None: Its contents; None if there is no such file.
    """
    path = run.folder / name
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f'{path} is not whole JSON ({error}): remove it to '
                         'have that part of the run done again.') from None


def write_state(run: Run, name: str, content: dict) -> None:
    """Write one of a run's JSON files, whole or not at all."""
    write_atomically(run.folder / name, json.dumps(content, indent=2))


def read_result(run: Run) -> Optional[dict]:
    """Read the result of a run, if it is that of the checkpoint that the run
    is to test.

    Args:
        run (Run): The run.

    Returns:
        dict | None: The result; None if there is none.
    """
    result = read_state(run, RESULT)
    if result is None or result.get('tested', run.tested) != run.tested:
        return None
    return result


def read_failure(run: Run) -> Optional[str]:
    """Read why a run without a result has failed.

    Args:
        run (Run): The run.

    Returns:
        str | None: The reason; None if it has not failed.
    """
    if read_result(run) is not None:
        return None
    return run.problem or (read_state(run, FAILURE) or {}).get('reason')


def check_unchanged(run: Run) -> None:
    """Refuse to go on with results of other settings.

    Args:
        run (Run): The run, as it is planned now.

    Raises:
        ValueError: If the folder holds a trained model, or part of one, and
            its settings were others. The message names some of them.
    """
    before = read_state(run, SETTINGS)
    if before is None or run.cfg is None:
        return
    before.pop('--checkpoint', None)  # once part of it
    changed = [
        key for key in sorted({*before, *run.settings})
        if before.get(key) != run.settings.get(key)
        # A file that is gone, or came later, has nothing to be compared.
        and not (key.startswith(STAMP) and
                 None in (before.get(key), run.settings.get(key)))
    ]
    if not changed:
        return
    begun = (run.folder / RESULT).is_file() or list(
        (run.folder / 'train').glob('*.pth'))
    if not begun:
        return  # nothing that could be mixed
    listed = '; '.join(f'{key}: {before.get(key, "unset")} then, '
                       f'{run.settings.get(key, "unset")} now'
                       for key in changed[:3])
    more = f' and {len(changed) - 3} more' if len(changed) > 3 else ''
    raise ValueError(
        f'{run.folder} was made with other settings '
        f'({listed}{more}): give another --work-dir, put the '
        'settings back, or remove that folder.')


def prepare(run: Run) -> None:
    """Write the config of a run that is about to start."""
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / FAILURE).unlink(missing_ok=True)
    write_state(run, SETTINGS, run.settings)
    write_atomically(run.folder / CONFIG, run.cfg.pretty_text)


def checkpoints(run: Run, pattern: str = '*.pth') -> List[Path]:
    """List the checkpoints of a run, the newest first."""
    return sorted((run.folder / 'train').glob(pattern),
                  key=lambda path: path.stat().st_mtime,
                  reverse=True)


def newest_whole(paths: List[Path]) -> Optional[Path]:
    """Give the first checkpoint that is not cut off, of a list.

    A process that is killed while it writes one leaves half of it.

    Args:
        paths (list[Path]): The checkpoints, the newest first.

    Returns:
        Path | None: The checkpoint; None if there is none.

    Raises:
        ValueError: If that checkpoint is whole and cannot be read all the
            same. An older one would not do instead.
    """
    for path in paths:
        try:
            read_checkpoint(str(path))
        except CutOffError:
            continue
        return path
    return None


def checkpoint_to_resume(run: Run) -> Optional[Path]:
    """Find where an interrupted training goes on.

    Args:
        run (Run): The run.

    Returns:
        Path | None: The newest whole checkpoint; None to start anew.
    """
    regular = [
        path for path in checkpoints(run)
        if not path.name.startswith('best_')
    ]
    return newest_whole(regular)


def checkpoint_to_test(run: Run) -> Path:
    """Choose the checkpoint that gives the result.

    Args:
        run (Run): The run; its training is over.

    Returns:
        Path: The checkpoint.

    Raises:
        FileNotFoundError: If the training left none, or it was removed.
    """
    result = read_state(run, RESULT) or {}
    if result.get('pruned') and read_result(run) is None:
        raise FileNotFoundError(
            f'--prune has left only {result["checkpoint"]} in '
            f'{run.folder / "train"}: give --checkpoint {result["tested"]}, '
            f'or remove {run.folder} to train again.')
    if run.tested == 'best':
        best = newest_whole(checkpoints(run, 'best_*.pth'))
        if best is not None:
            return best
    last = checkpoint_to_resume(run)
    if last is None:
        raise FileNotFoundError(
            f'The training left no checkpoint in {run.folder / "train"}: '
            'default_hooks.checkpoint of the config must save one.')
    return last


def prune(run: Run) -> None:
    """Remove all checkpoints of a finished run but the tested one.

    Args:
        run (Run): The run; nothing is done if it has no result, or if the
            tested checkpoint is gone.
    """
    result = read_result(run)
    found = checkpoints(run)
    if result is None or result['checkpoint'] not in [
            path.name for path in found
    ]:
        return
    if not result.get('pruned'):
        write_state(run, RESULT,
                    dict(result, tested=run.tested, pruned=True))
    for path in found:
        if path.name != result['checkpoint']:
            path.unlink()
