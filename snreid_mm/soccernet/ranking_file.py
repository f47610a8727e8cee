"""SoccerNet's ranking files: written, read and checked.

A ranking file is one JSON object, ``{"<query bbox_idx>": [gallery bbox_idx,
... best first]}``, with every query of the split and, for each, every gallery
crop of its action once. ``SoccerNet.Evaluation.ReIdentification.evaluate``
scores it; for the challenge server it is zipped.
"""

import io
import json
import reprlib
import zipfile
from collections import Counter
from pathlib import Path
from typing import Dict, List, Union

import numpy as np

from snreid_mm.structures import Crops, Rankings
from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.strict_json import parse_json

# A zip can hold more than the memory in a few bytes. The ranking of SoccerNet's
# largest split has a few megabytes.
_LARGEST = 2**29


def write_ranking_file(path: Union[str, Path],
                       ranking: Dict[int, List[int]],
                       zipped: bool = False) -> List[Path]:
    """Write a ranking file, whole or not at all.

    Args:
        path (str | Path): Where to write; must end in ``.json``.
        ranking (dict[int, list[int]]): The ``bbox_idx`` of each query and of
            its gallery crops, best first.
        zipped (bool): Also write a zip beside it, of the same name but
            ``.zip``, that holds the JSON, as the challenge server takes it.
            Defaults to False.

    Returns:
        list[Path]: The files written.

    Raises:
        ValueError: If the path does not end in ``.json``.
    """
    path = Path(path)
    if path.suffix != '.json':
        raise ValueError(
            f'A ranking file must be called *.json, but {str(path)!r} was '
            'given.')
    text = json.dumps({
        str(int(query)): [int(crop) for crop in gallery]
        for query, gallery in ranking.items()
    })
    write_atomically(path, text)
    if not zipped:
        return [path]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path.name, text)
    write_atomically(path.with_suffix('.zip'), packed.getvalue())
    return [path, path.with_suffix('.zip')]


def read_ranking_file(path: Union[str, Path]) -> Dict[int, List[int]]:
    """Read a ranking file, or the zip of one.

    Args:
        path (str | Path): The ``.json``, or a ``.zip`` that holds one JSON.

    Returns:
        dict[int, list[int]]: The ``bbox_idx`` of each query and of its
        gallery crops, best first.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not a ranking file; the message names the query.
    """
    content = parse_json(
        read_ranking_text(path), str(path),
        'write the ranking again, or copy the whole file')
    if not isinstance(content, dict):
        raise ValueError(
            f'{path} is not a ranking file: expected {{"<query bbox_idx>": '
            '[gallery bbox_idx, best first]}, but the JSON holds a '
            f'{type(content).__name__}.')
    for key, gallery in content.items():
        # Types are compared, because bool is an int to Python, and no index.
        odd = [gallery] if not isinstance(gallery, list) else [
            crop for crop in gallery if type(crop) is not int
        ]
        if odd or not key.isdecimal() or str(int(key)) != key:
            found = f', but holds {reprlib.repr(odd[0])}' if odd else ''
            raise ValueError(
                f'{path}: {key!r} must be the bbox_idx of a query, and hold a '
                f'list of integers (gallery bbox_idx){found}.')
    return {int(key): gallery for key, gallery in content.items()}


def read_ranking_text(path: Union[str, Path]) -> bytes:
    """Read the JSON of a ranking file, out of its zip if it is zipped.

    Args:
        path (str | Path): The ``.json``, or a ``.zip`` that holds one JSON.

    Returns:
        bytes: The JSON as it stands.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a zip is broken, does not hold exactly one JSON, or
            one of more than half a gigabyte.
    """
    if not zipfile.is_zipfile(path):
        with open(path, 'rb') as file:
            return file.read()
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.endswith('.json')]
            if len(names) == 1:
                size = archive.getinfo(names[0]).file_size
                if size > _LARGEST:
                    raise ValueError(
                        f'{path}: {names[0]} in it is {size:,} bytes long, '
                        f'more than the {_LARGEST:,} that any ranking needs: '
                        'unpack it yourself if you trust it.')
                return archive.read(names[0])
    except zipfile.BadZipFile as error:
        raise ValueError(f'{path} is a broken zip: {error}.') from None
    raise ValueError(f'{path}: the zip of a ranking must hold exactly one '
                     f'.json, but holds {len(names)}.')


def check_ranking(ranking: Dict[int, List[int]],
                  query: Crops,
                  gallery: Crops,
                  source: str = 'The ranking') -> Rankings:
    """Check a ranking against its split as SoccerNet's evaluator does.

    Labels are not needed, so a challenge ranking can be checked before it is
    submitted. Stricter than the evaluator in one point: a query that the
    split does not have is refused.

    Args:
        ranking (dict[int, list[int]]): The ``bbox_idx`` of each query and of
            its gallery crops, best first.
        query (Crops): All queries of the split.
        gallery (Crops): The whole gallery of the split.
        source (str): The file that the messages name. Defaults to 'The
            ranking'.

    Returns:
        Rankings: The same rankings, aligned with ``query``.

    Raises:
        ValueError: If a query is missing or unknown, or a gallery crop is
            missing, repeated, unknown or of another action.
    """
    different = set(query.bbox_idx.tolist()) ^ set(ranking)
    if different:
        bbox = min(different)
        raise ValueError(
            f'{source}: query {bbox} '
            f'{"is not in the split" if bbox in ranking else "has no ranking"}'
            f' ({len(different)} like it); a ranking has exactly the '
            f'{len(query)} queries of its split. Is it of another split?')
    position = {bbox: i for i, bbox in enumerate(gallery.bbox_idx.tolist())}
    in_action: Dict[int, List[int]] = {}
    for bbox, action in zip(gallery.bbox_idx.tolist(),
                            gallery.action_idx.tolist()):
        in_action.setdefault(action, []).append(bbox)
    positions: List[int] = []
    sizes = []
    for bbox, action in zip(query.bbox_idx.tolist(),
                            query.action_idx.tolist()):
        expected = Counter(in_action.get(action, ()))
        found = Counter(ranking[bbox])
        if found != expected:
            wrong, missing = found - expected, expected - found
            raise ValueError(
                f'{source}: the ranking of query {bbox} must hold each of the '
                f'{len(expected)} gallery crops of action {action} once, but '
                f'lacks {_count(missing)} and holds {_count(wrong)} that are '
                'repeated, unknown or of another action.')
        positions.extend(position[crop] for crop in ranking[bbox])
        sizes.append(len(found))
    offsets = np.zeros(len(query) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return Rankings(offsets, np.array(positions, np.int64))


def _count(crops: Counter) -> str:
    """Format how many crops there are, and one of them."""
    number = sum(crops.values())
    return f'{number} (such as {min(crops)})' if number else '0'
