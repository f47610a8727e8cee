"""Look at every crop of a data set, and list what is wrong with it."""

import json
import os
from collections import Counter, defaultdict
from contextlib import suppress
from hashlib import blake2b
from multiprocessing import Pool
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from tqdm import tqdm

from snreid_mm.soccernet import load_index
from .transforms import LoadCropFromFile

_CHUNK = 32


class Finding(NamedTuple):
    """One thing that is wrong.

    Args:
        kind (str): ``'index'``, ``'missing'``, ``'unreadable'``, ``'size'``,
            ``'duplicate'`` (of one split) or ``'leak'`` (of two splits).
        split (str): The split.
        path (str): The file, or the folder of the split.
        detail (str): What is wrong with it.
    """

    kind: str
    split: str
    path: str
    detail: str


class Diagnosis(NamedTuple):
    """What :func:`diagnose` has found.

    Args:
        findings (list[Finding]): What is wrong.
        crops (dict[str, int]): The crops of each split.
        roles (dict[str, Counter]): How many crops each class has, by split.
    """

    findings: List[Finding]
    crops: Dict[str, int]
    roles: Dict[str, Counter]


def diagnose(data_root: str,
             splits: Sequence[str],
             journal: Optional[Path] = None,
             workers: int = 1) -> Diagnosis:
    """Read every crop of some splits.

    An index that contradicts itself (a person in two actions, a ``bbox_idx``
    that comes twice, a query without a match) is a finding, and the crops of
    that split are not read then. Crops are duplicates if their pixels are
    equal, whatever their files.

    Args:
        data_root (str): The folder that holds the split folders.
        splits (Sequence[str]): The splits.
        journal (Path, optional): A file to note each crop in. Crops that
            stand in it, and have not changed since, are not read again, so a
            diagnosis that was stopped goes on. Defaults to None.
        workers (int): Processes. Defaults to 1.

    Returns:
        Diagnosis: What was found. Its memory grows by about half a kilobyte
        a crop.
    """
    findings, crops, roles = [], {}, {}
    todo: List[Tuple[str, str, int, int]] = []
    for split in splits:
        try:
            records = load_index(data_root, split)
        except (OSError, ValueError) as error:
            folder = os.path.join(data_root, split)
            findings.append(Finding('index', split, folder, str(error)))
            continue
        crops[split] = len(records)
        roles[split] = Counter(each['role'] for each in records)
        todo += [(split, *(each[key] for key in ('img_path', 'height',
                                                 'width')))
                 for each in records]
    owners = defaultdict(list)
    looks = _look_at([each[1] for each in todo], journal, workers)
    for (split, path, *named), (fault, *found, digest) in zip(todo, looks):
        if fault:
            kind = 'unreadable' if os.path.lexists(path) else 'missing'
            findings.append(Finding(kind, split, path, fault))
            continue
        if named != found:
            findings.append(
                Finding(
                    'size', split, path, 'is {} x {}, but its name says {} x '
                    '{}'.format(*found, *named)))
        owners[digest].append((split, path))
    for (split, path), *others in owners.values():
        for other_split, other in others:
            kind = 'duplicate' if other_split == split else 'leak'
            findings.append(
                Finding(kind, other_split, other, f'has the pixels of {path}'))
    return Diagnosis(findings, crops, roles)


def _look_at(paths: Sequence[str], journal: Optional[Path],
             workers: int) -> Iterator[list]:
    """Yield what is known of each crop, in the order of the paths: a fault
    or None, its height and width, and a digest of its pixels."""
    known = _read_journal(journal) if journal else {}
    unknown = [
        path for path in paths
        if path not in known or known[path][0] != _state(path)
    ]
    bar = tqdm(
        total=len(paths), initial=len(paths) - len(unknown), unit='crop',
        desc='Crops')  # yapf: disable
    with bar, Pool(workers) as pool, open(journal or os.devnull, 'a') as notes:
        fresh = set(unknown)
        looks = pool.imap(_look, unknown, _CHUNK)
        for path in paths:
            if path not in fresh:
                yield known[path][1]
                continue
            look = next(looks)
            notes.write(json.dumps([path, _state(path), look]) + '\n')
            bar.update()
            yield look


def _read_journal(journal: Path) -> Dict[str, tuple]:
    """Read what was noted."""
    known = {}
    if journal.is_file():
        with journal.open() as notes:
            for line in notes:
                # A process that was killed has left half a line.
                with suppress(json.JSONDecodeError):
                    path, state, look = json.loads(line)
                    known[path] = (state, look)
    return known


def _state(path: str) -> Optional[list]:
    """Return what changes when a file is written; None if there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]


def _look(path: str) -> list:
    if not os.path.isfile(path):
        return ['There is no such file.', 0, 0, '']
    try:
        image = LoadCropFromFile()(dict(img_path=path))['img']
    except ValueError as error:
        return [str(error), 0, 0, '']
    digest = blake2b(image.tobytes(), digest_size=16)
    digest.update(str(image.shape).encode())
    return [None, *image.shape[:2], digest.hexdigest()]
