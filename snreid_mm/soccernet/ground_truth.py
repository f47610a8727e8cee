"""The queries and the gallery of a labelled split, as columns."""

from pathlib import Path
from typing import Optional, Tuple, Union

from snreid_mm.structures import Crops
from .annotations import read_entries
from .naming import format_file_name
from .roles import check_role

# What no score can do without; the rest may be missing from a file.
_NEEDED = ('bbox_idx', 'action_idx', 'person_uid')


def read_ground_truth(path: Union[str, Path]) -> Tuple[Crops, Crops]:
    """Read the queries and the gallery of a labelled split.

    Args:
        path (str | Path): The split's ``bbox_info.json`` as SoccerNet ships
            it.

    Returns:
        tuple[Crops, Crops]: The queries and the gallery, in file order.
        Their names are paths below the split's folder, where the entries
        hold what those are made of.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a ``bbox_info.json`` of valid or test,
            repeats a key or names an unknown class.
    """
    lists = read_entries(path, 'valid or test', _NEEDED)
    return (_to_crops(lists['query'], path, 'query', 'query'),
            _to_crops(lists['gallery'], path, 'gallery', 'gallery crop'))


def _to_crops(entries: dict, path: Union[str, Path], subset: str,
              kind: str) -> Crops:
    for key, entry in entries.items():
        if entry.get('clazz') is not None:
            check_role(entry['clazz'], f'Entry {key!r} of {path} ({subset})')
    records = [
        dict(entry, role=entry.get('clazz'), img_path=_name(entry, subset))
        for entry in entries.values()
    ]
    if any(record['img_path'] is None for record in records):
        for record in records:
            del record['img_path']
    return Crops.from_records(records, kind)


def _name(entry: dict, subset: str) -> Optional[str]:
    """Build a crop's path below its split, None where a part is missing."""
    try:
        parts = (subset, entry['relative_path'].strip('/'),
                 format_file_name(entry))
    except KeyError:
        return None
    return '/'.join(part for part in parts if part)
