"""What the folder of a run says: done, failed, under way, or of another
config."""

import hashlib
import json
from pathlib import Path
from typing import Dict, List, Optional

from filelock import FileLock, Timeout

from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.safe_load import find_newest_whole
from .data_stamp import STAMP
from .plan import Run

CONFIG = 'config.py'
SETTINGS = 'settings.json'
RESULT = 'result.json'
FAILURE = 'failure.json'
TRAINED = 'trained.json'
RANKINGS = 'rankings.json'
EMBEDDINGS = 'embeddings_{}.npz'
LOCK = '.lock'


def fingerprint(settings: Dict[str, str]) -> str:
    """Digest settings; equal ones have equal digests."""
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_state(run: Run, name: str) -> Optional[dict]:
    """Read one of a run's JSON files; None if there is no such file."""
    path = run.folder / name
    return json.loads(path.read_text()) if path.is_file() else None


def write_state(run: Run, name: str, content: dict) -> None:
    """Write one of a run's JSON files, whole or not at all."""
    write_atomically(run.folder / name, json.dumps(content, indent=2))


def read_result(run: Run) -> Optional[dict]:
    """Read the result of a run; None if there is none of the checkpoint that
    the run is to test."""
    result = read_state(run, RESULT)
    if result is None or result.get('tested', run.tested) != run.tested:
        return None
    return result


def read_failure(run: Run) -> Optional[str]:
    """Read why a run without a result has failed; None if it has not."""
    if read_result(run) is not None:
        return None
    return run.problem or (read_state(run, FAILURE) or {}).get('reason')


def is_at_work(run: Run) -> bool:
    """Whether a job, be it of a table that was killed, makes a run now."""
    try:
        if (run.folder / LOCK).exists():
            with FileLock(run.folder / LOCK, blocking=False):
                pass
    except Timeout:
        return True
    return False


def check_unchanged(run: Run, at_work: bool = False) -> None:
    """Refuse to go on with results of other settings.

    Args:
        run (Run): The run, as it is planned now.
        at_work (bool): Whether a job makes it already. Defaults to False.

    Raises:
        ValueError: If the folder holds a trained model, or part of one, or a
            job makes one, and its settings were others. The message names
            some of them.
    """
    before = read_state(run, SETTINGS)
    begun = at_work or (run.folder / RESULT).is_file() or checkpoints(run)
    if before is None or run.cfg is None or not begun:
        return
    changed = [
        key for key in sorted({*before, *run.settings})
        if before.get(key) != run.settings.get(key)
        # A file that is gone, or came later, has nothing to be compared.
        and not (key.startswith(STAMP) and
                 None in (before.get(key), run.settings.get(key)))
    ]
    if changed:
        listed = '; '.join(f'{key}: {before.get(key, "unset")} then, '
                           f'{run.settings.get(key, "unset")} now'
                           for key in changed[:3])
        more = f' and {len(changed) - 3} more' if len(changed) > 3 else ''
        raise ValueError(
            f'{run.folder} was made with other settings ({listed}{more}): '
            'give another --work-dir, put the settings back, or remove that '
            'folder.')


def prepare(run: Run) -> None:
    """Write the config of a run that is about to start."""
    (run.folder / FAILURE).unlink(missing_ok=True)
    write_state(run, SETTINGS, run.settings)
    write_atomically(run.folder / CONFIG, run.cfg.pretty_text)


def checkpoints(run: Run) -> List[Path]:
    """List the checkpoints of a run, the newest first."""
    return sorted((run.folder / 'train').glob('*.pth'),
                  key=lambda path: path.stat().st_mtime,
                  reverse=True)


def newest_whole(run: Run, best: bool = False) -> Optional[Path]:
    """Find the newest checkpoint that is not cut off, as the last one is of a
    process that was killed while it wrote; None if there is none.

    Args:
        run (Run): The run.
        best (bool): Whether to look among the best on the validation split,
            or among the others, from which training goes on.

    Raises:
        ValueError: If that checkpoint is whole and cannot be read all the
            same. An older one would not do instead.
    """
    return find_newest_whole([
        path for path in checkpoints(run)
        if path.name.startswith('best_') == best
    ])


def checkpoint_to_test(run: Run) -> Path:
    """Choose the checkpoint of a trained run that gives the result.

    Raises:
        FileNotFoundError: If the training left none, or it was pruned.
    """
    result = read_state(run, RESULT) or {}
    if result.get('pruned') and read_result(run) is None:
        raise FileNotFoundError(
            f'--prune has left only {result["checkpoint"]} in '
            f'{run.folder / "train"}: give --checkpoint {result["tested"]}, '
            f'or remove {run.folder} to train again.')
    best = newest_whole(run, best=True) if run.tested == 'best' else None
    chosen = best or newest_whole(run)
    if chosen is None:
        raise FileNotFoundError(
            f'The training left no checkpoint in {run.folder / "train"}: '
            'default_hooks.checkpoint of the config must save one.')
    return chosen


def prune(run: Run) -> None:
    """Remove the checkpoints of a finished run but the tested one, unless
    that is gone."""
    result, found = read_result(run), checkpoints(run)
    if result is None or result['checkpoint'] not in [p.name for p in found]:
        return
    if not result.get('pruned'):
        write_state(run, RESULT, dict(result, tested=run.tested, pruned=True))
    for path in found:
        if path.name != result['checkpoint']:
            path.unlink()
