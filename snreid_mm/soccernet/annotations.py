"""The annotation file of a split (``bbox_info.json``), read and checked."""

import os.path as osp
from typing import Dict, Iterator, Optional, Tuple

from snreid_mm.utils.strict_json import parse_json
from .naming import format_file_name

SUBSETS = ('query', 'gallery')

# (subset, folder below the split or its subset, file name, entry).
Crop = Tuple[Optional[str], str, str, dict]

_INTEGERS = ('bbox_idx', 'action_idx', 'person_uid', 'frame_idx', 'height',
             'width')
_STRINGS = ('clazz', 'UAI', 'relative_path')
_KEYS = (*_INTEGERS, *_STRINGS, 'id')


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
    for path in candidates:
        if osp.isfile(path):
            return path
    return None


def read_annotations(path: str, split: str) -> Iterator[Crop]:
    """Read an annotation file.

    Args:
        path (str): ``{"<bbox_idx>": entry, …}`` for train,
            ``{"query": {"<bbox_idx>": entry, …}, "gallery": {…}}`` for valid
            and test. An entry holds ``bbox_idx, action_idx, person_uid,
            frame_idx, clazz, id, UAI, relative_path, height, width``.
        split (str): ``'train'``, ``'valid'`` or ``'test'``.

    Yields:
        tuple: The crop's subset (None in train), its folder, its file name
        and its entry, in the order of the file.

    Raises:
        ValueError: If the file is not whole JSON, has another shape, repeats
            a box, or an entry lacks a key, holds a wrong type or a path that
            leaves the split. The message names the file and the entry.
    """
    for subset, entries in _read_lists(path, split).items():
        where = f'{path} ({subset})' if subset else path
        if not entries:
            raise ValueError(f'{where} lists no crop; fetch the split again.')
        folders = set()
        for key, entry in entries.items():
            if not _is_sound(key, entry):
                raise ValueError(_explain(key, entry, where))
            folder = entry['relative_path']
            if folder not in folders:
                _check_folder(folder, key, where)
                folders.add(folder)
            yield subset, folder, format_file_name(entry), entry


def _read_lists(path: str, split: str) -> Dict[Optional[str], dict]:
    """Read the file, one mapping of entries for each list it holds."""
    with open(path, 'rb') as file:
        data = parse_json(file.read(), path, 'fetch the split again')
    if split == 'train':
        if not isinstance(data, dict) or set(SUBSETS) & set(data):
            raise ValueError(f'{path} is not the annotation file of train: '
                             'expected {"<bbox_idx>": entry, …} at its top.')
        return {None: data}
    if not isinstance(data, dict) or not all(
            isinstance(data.get(subset), dict) for subset in SUBSETS):
        raise ValueError(
            f'{path} is not the annotation file of {split}: expected '
            '{"query": {"<bbox_idx>": entry, …}, "gallery": {…}} at its top.')
    return {subset: data[subset] for subset in SUBSETS}


def _is_sound(key: str, entry) -> bool:
    """Check one entry; written out because it runs 248,234 times for
    train."""
    try:
        return (type(entry['bbox_idx']) is int
                and type(entry['action_idx']) is int
                and type(entry['person_uid']) is int
                and type(entry['frame_idx']) is int
                and type(entry['height']) is int
                and type(entry['width']) is int
                and type(entry['clazz']) is str and type(entry['UAI']) is str
                and type(entry['relative_path']) is str
                and type(entry['id']) in (str, int, type(None))
                and key == str(entry['bbox_idx']))
    except (KeyError, TypeError):
        return False


def _explain(key: str, entry, where: str) -> str:
    """Say what is wrong with an entry that :func:`_is_sound` refused."""
    if not isinstance(entry, dict):
        return (f'Entry {key!r} of {where} is a {type(entry).__name__}, but '
                f'an entry is an object with {", ".join(_KEYS)}.')
    missing = [name for name in _KEYS if name not in entry]
    if missing:
        return (f'Entry {key!r} of {where} has no {", ".join(missing)}; '
                'fetch the split again.')
    for names, kind in ((_INTEGERS, int), (_STRINGS, str)):
        for name in names:
            if type(entry[name]) is not kind:
                return (f'Entry {key!r} of {where} has {name} = '
                        f'{entry[name]!r}, but it must be of type '
                        f'{kind.__name__}.')
    if type(entry['id']) not in (str, int, type(None)):
        return (f'Entry {key!r} of {where} has id = {entry["id"]!r}, but it '
                'must be a jersey number, a letter or None.')
    return (f'Entry {key!r} of {where} has bbox_idx = {entry["bbox_idx"]}, '
            'but its key must be its bbox_idx.')


def _check_folder(folder: str, key: str, where: str) -> None:
    """Refuse a folder that lies outside the split."""
    if osp.isabs(folder) or '..' in folder.replace('\\', '/').split('/'):
        raise ValueError(
            f'Entry {key!r} of {where} has relative_path = {folder!r}, but '
            'it must lie inside the split: championship/season/game/action.')
