"""The annotated frames of SoccerNet-v3 (``Labels-v3.json`` of a game).

Source: the README and the data loader of
https://github.com/SoccerNet/SoccerNet-v3. A game's frames are ``<n>.png`` for
an action and ``<n>_<m>.png`` for its replays. Two boxes of one action show
one person if their class and their ID are the same, and the ID is not null.
"""

from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Tuple, Union

from snreid_mm.utils.strict_json import parse_json
from .roles import ROLES

_REMEDY = 'fetch Labels-v3.json of the game again'


class FrameBox(NamedTuple):
    """A person's box in a frame.

    Args:
        frame (str): File name of the frame.
        action (str): File name of the action's frame; ``frame`` itself in
            the action.
        index (int): The box's place in the list of its frame, from 0.
        box (tuple[float]): Left, top, right and bottom, in pixels.
        role (str): The class, one of :data:`~snreid_mm.soccernet.ROLES`.
        person (str | None): What boxes of this person have in common within
            the action; None where the annotation does not say.
    """

    frame: str
    action: str
    index: int
    box: Tuple[float, float, float, float]
    role: str
    person: Optional[str]


def read_frame_labels(path: Union[str, Path]) -> List[FrameBox]:
    """Read the boxes of people, and leave out balls, cards and flags.

    Args:
        path (str | Path): ``Labels-v3.json`` of a game.

    Returns:
        list[FrameBox]: Action by action, the action's frame before its
        replays, as the file lists them.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not whole JSON, or lacks what is read. The
            message names the file and the frame.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no file {path}: correct the path, '
                                f'or {_REMEDY}.')
    data = parse_json(Path(path).read_bytes(), str(path), _REMEDY)
    boxes: List[FrameBox] = []
    actions = _get(data, 'actions', dict, path)
    for action in _get(
            _get(data, 'GameMetadata', dict, path), 'list_actions', list,
            path):
        entry = _get(actions, action, dict, path)
        boxes += _boxes_of(entry, action, action, path)
        for frame in _get(entry, 'linked_replays', list, f'{path}, {action}'):
            replay = _get(_get(data, 'replays', dict, path), frame, dict, path)
            boxes += _boxes_of(replay, frame, action, path)
    return boxes


def _boxes_of(entry: dict, frame: str, action: str, path) -> List[FrameBox]:
    found = []
    where = f'{path}, {frame}'
    for index, box in enumerate(_get(entry, 'bboxes', list, where)):
        where_box = f'{where}, box {index}'
        role = str(_get(box, 'class', object, where_box)).replace(' ', '_')
        if role not in ROLES:
            continue
        points = _get(box, 'points', dict, where_box)
        xs, ys = ([
            float(_get(points, f'{axis}{end}', (int, float), where_box))
            for end in (1, 2)
        ] for axis in 'xy')
        identity = _get(box, 'ID', object, where_box)
        person = None if identity is None else f'{role}-{identity}'
        found.append(
            FrameBox(frame, action, index,
                     (min(xs), min(ys), max(xs), max(ys)), role, person))
    return found


def _get(node: Any, key: str, kind, where) -> Any:
    """Return a value of an object, or say what is missing where."""
    is_there = isinstance(node, dict) and isinstance(key, str) and key in node
    value = node[key] if is_there else None
    if not is_there or not isinstance(value, kind):
        raise ValueError(f'{where} has no {key}, which the annotation of '
                         f'SoccerNet-v3 holds; {_REMEDY}.')
    return value
