"""The queries and the gallery of a labelled split, as columns."""

from pathlib import Path
from typing import List, Tuple, Union

from snreid_mm.structures import Crops
from snreid_mm.utils.strict_json import parse_json
from .roles import ROLES


def read_ground_truth(path: Union[str, Path]) -> Tuple[Crops, Crops]:
    """Read the queries and the gallery of a labelled split.

    Args:
        path (str | Path): The split's ``bbox_info.json`` as SoccerNet ships
            it.

    Returns:
        tuple[Crops, Crops]: The queries and the gallery, in file order.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a ``bbox_info.json``, repeats a key or names
            an unknown class.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'There is no ground truth file {path}: give the bbox_info.json '
            'of the valid or test split.')
    content = parse_json(path.read_bytes(), str(path), 'fetch the split again')
    if not isinstance(content, dict) or not all(
            isinstance(content.get(key), dict) for key in ('query',
                                                           'gallery')):
        raise ValueError(
            f"{path} is not the ground truth of a split: it has no 'query' "
            "and 'gallery' tables. Give the bbox_info.json of the valid or "
            'test split.')
    return (_read_list(content['query'], path, 'query', 'query'),
            _read_list(content['gallery'], path, 'gallery', 'gallery crop'))


def _read_list(entries: dict, path: Path, name: str, kind: str) -> Crops:
    records: List[dict] = []
    for key, entry in entries.items():
        for field in ('bbox_idx', 'action_idx', 'person_uid'):
            value = entry.get(field) if isinstance(entry, dict) else None
            if not isinstance(value, int) or isinstance(value, bool):
                raise ValueError(
                    f'{path}: entry {key!r} of {name!r} needs an integer '
                    f'{field!r}, but has {value!r}.')
        if key != str(entry['bbox_idx']):
            raise ValueError(
                f'{path}: entry {key!r} of {name!r} has bbox_idx '
                f'{entry["bbox_idx"]}, but the two must be equal.')
        role = entry.get('clazz')
        if role is not None and role not in ROLES:
            raise ValueError(
                f'{path}: entry {key!r} of {name!r} is of the unknown class '
                f'{role!r}: the classes are {", ".join(ROLES)}; correct the '
                'entry, or fetch the split again.')
        records.append(
            dict(
                bbox_idx=entry['bbox_idx'],
                action_idx=entry['action_idx'],
                person_uid=entry['person_uid'],
                role=role,
                height=entry.get('height')))
    return Crops.from_records(records, kind)
