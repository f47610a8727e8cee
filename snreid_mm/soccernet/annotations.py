"""The annotation file of a split (``bbox_info.json``), read and checked."""

import os.path as osp
from types import NoneType
from typing import Dict, Iterator, Optional, Sequence, Tuple

from snreid_mm.utils.strict_json import parse_json
from .naming import format_file_name

#: The parts of every split but train.
SUBSETS = ('query', 'gallery')

# (subset, folder below the split or its subset, file name, entry).
Crop = Tuple[Optional[str], str, str, dict]

# What an entry holds. A bool is no int here: its type is compared.
_TYPES = dict(
    bbox_idx=(int, ),
    action_idx=(int, ),
    person_uid=(int, ),
    frame_idx=(int, ),
    height=(int, ),
    width=(int, ),
    clazz=(str, ),
    UAI=(str, ),
    relative_path=(str, ),
    id=(str, int, NoneType))


def find_annotation_file(data_root: str, split: str) -> Optional[str]:
    """Find the annotation file of a split.

    Args:
        data_root (str): The folder that holds the split folders.
        split (str): ``'train'``, ``'valid'``, ``'test'`` or ``'challenge'``.

    Returns:
        str | None: The path of ``train_bbox_info.json`` (train) or
        ``bbox_info.json`` (valid, test). ``<split>_bbox_info.json`` is
        accepted too, in the split's folder or beside it, where SoccerNet's
        downloader leaves the file of an older release. None where there is no
        such file, and for the challenge split, whose labels are hidden.
    """
    if split == 'challenge':
        return None
    folder = osp.join(data_root, split)
    named = f'{split}_bbox_info.json'
    names = [named, 'bbox_info.json']
    if split != 'train':
        names.reverse()
    candidates = [osp.join(folder, name) for name in names]
    candidates.append(osp.join(data_root, named))
    # A folder of that name is no reason to believe the file names instead.
    return next(filter(osp.exists, candidates), None)


def read_entries(
        path: str,
        split: str,
        keys: Sequence[str] = tuple(_TYPES),
) -> Dict[Optional[str], Dict[str, dict]]:
    """Read an annotation file; everything that needs one comes here.

    Args:
        path (str): ``{"<bbox_idx>": entry, …}`` for train,
            ``{"query": {"<bbox_idx>": entry, …}, "gallery": {…}}`` for valid
            and test. An entry holds ``bbox_idx, action_idx, person_uid,
            frame_idx, clazz, id, UAI, relative_path, height, width``.
        split (str): ``'train'``, or another split.
        keys (Sequence[str]): What every entry must hold. Defaults to all.

    Returns:
        dict: The entries by their key, for each subset (None in train).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not whole JSON, has another shape, repeats a
            key, or an entry lacks a key, holds a wrong type or a path that
            leaves the split. The message names the file and the entry.
    """
    with open(path, 'rb') as file:
        data = parse_json(file.read(), str(path), 'fetch the split again')
    lists = {None: data}
    if split != 'train' and isinstance(data, dict):
        lists = {subset: data.get(subset) for subset in SUBSETS}
    if not all(isinstance(entries, dict) for entries in lists.values()) or (
            split == 'train' and set(SUBSETS) & set(data)):
        form = '{"<bbox_idx>": entry, …}'
        if split != 'train':
            form = f'{{"query": {form}, "gallery": {{…}}}}'
        raise ValueError(f'{path} is not the bbox_info.json of {split}: '
                         f'expected {form} at its top.')
    for subset, entries in lists.items():
        for key, entry in entries.items():
            fault = _find_fault(key, entry, keys)
            if fault:
                where = f'{path} ({subset})' if subset else path
                raise ValueError(f'Entry {key!r} of {where} {fault}; correct '
                                 'it, or fetch the split again.')
    return lists


def read_annotations(path: str, split: str) -> Iterator[Crop]:
    """Iterate over the crops of an annotation file, in its order: subset
    (None in train), folder, file name and entry; see :func:`read_entries`."""
    for subset, entries in read_entries(path, split).items():
        for entry in entries.values():
            yield (subset, entry['relative_path'], format_file_name(entry),
                   entry)


def _find_fault(key: str, entry, keys: Sequence[str]) -> Optional[str]:
    """Find what is wrong with an entry, or None."""
    if not isinstance(entry, dict):
        return f'is a {type(entry).__name__}, not an object'
    for name in keys:
        if name not in entry:
            return f'has no {name}'
        if type(entry[name]) not in _TYPES[name]:
            kinds = ' or '.join(kind.__name__ for kind in _TYPES[name])
            return (f'has {name} = {entry[name]!r}, but it must be of type '
                    f'{kinds}')
    if key != str(entry['bbox_idx']):
        return (f'has bbox_idx = {entry["bbox_idx"]}, but its key must be its '
                'bbox_idx')
    folder = str(entry.get('relative_path', ''))
    if osp.isabs(folder) or '\0' in folder \
            or '..' in folder.replace('\\', '/').split('/'):
        return (f'has relative_path = {folder!r}, but it must lie inside the '
                'split: championship/season/game/action')
    return None
