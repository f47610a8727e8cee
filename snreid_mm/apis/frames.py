"""Crops of frames whose boxes are annotated."""

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Union

from snreid_mm.soccernet.frame_labels import read_frame_labels
from snreid_mm.utils.strict_json import parse_json
from .images import ImageCrop

# What Frames-v3.zip is unpacked to, beside Labels-v3.json.
_FRAME_FOLDERS = ('v3_frames', 'Frames-v3')


class ActionFrames(NamedTuple):
    """The crops of one action of SoccerNet-v3.

    Args:
        action (list[ImageCrop]): The people in the action's frame.
        replays (dict[str, list[ImageCrop]]): Those in each replay's frame.
    """

    action: List[ImageCrop]
    replays: Dict[str, List[ImageCrop]]


def read_soccernet_actions(
        labels: Union[str, Path],
        frames: Union[str, Path, None] = None) -> Dict[str, ActionFrames]:
    """List the crops of a game of SoccerNet-v3, action by action.

    Args:
        labels (str | Path): ``Labels-v3.json`` of the game.
        frames (str | Path, optional): The folder of its frames, unpacked
            from ``Frames-v3.zip``. Defaults to None, the folder
            ``v3_frames`` or ``Frames-v3`` beside the labels.

    Returns:
        dict[str, ActionFrames]: By the file name of the action's frame.
        Within an action, crops whose ``person`` is the same show one person.

    Raises:
        FileNotFoundError: If the labels or the frames are not there.
        ValueError: If the labels are not whole.
    """
    boxes = read_frame_labels(labels)
    folder = _find_frames(Path(labels).parent, frames)
    actions: Dict[str, ActionFrames] = {}
    paths = {each.frame: folder / each.frame for each in boxes}
    for each in boxes:
        found = actions.setdefault(each.action, ActionFrames([], {}))
        crops = found.action if each.frame == each.action else \
            found.replays.setdefault(each.frame, [])
        crops.append(
            ImageCrop(paths[each.frame], f'{each.frame}#{each.index}',
                      each.box, each.person))
    return actions


def _find_frames(beside: Path, given: Union[str, Path, None]) -> Path:
    folders = [beside / name for name in _FRAME_FOLDERS] if given is None \
        else [Path(given)]
    for folder in folders:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f'There is no folder {" or ".join(map(str, folders))} of frames: '
        'unpack Frames-v3.zip of the game into it, or name another.')


def read_coco_crops(annotations: Union[str, Path],
                    frames: Union[str, Path, None] = None) -> List[ImageCrop]:
    """List the crops of a COCO annotation file.

    Args:
        annotations (str | Path): JSON with ``images`` (``id``,
            ``file_name``) and ``annotations`` (``image_id``, ``bbox`` as
            left, top, width, height), the format of
            https://cocodataset.org/#format-data.
        frames (str | Path, optional): The folder that file names are counted
            from. Defaults to None, the folder of the annotation file.

    Returns:
        list[ImageCrop]: In the order of the file, frame by frame. A crop is
        named ``<file_name>#<id>``, by the ``id`` of its annotation, else by
        its place in the list.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such annotation. The message names the entry.
    """
    path = Path(annotations)
    if not path.is_file():
        raise FileNotFoundError(
            f'There is no annotation file {path}: correct the path.')
    remedy = 'write it in the format of COCO\'s object detection'
    data = parse_json(path.read_bytes(), str(path), remedy)
    folder = path.parent if frames is None else Path(frames)

    def field(entry: Any, key: str, kinds, where: str):
        value = entry.get(key) if isinstance(entry, dict) else None
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise ValueError(f'{where} has no {key} as COCO has it; {remedy}.')
        return value

    images: Dict[Any, str] = {}
    found: Dict[str, list] = {}
    for i, each in enumerate(field(data, 'images', list, str(path))):
        where = f'Image {i} of {path}'
        name = field(each, 'file_name', str, where)
        images[field(each, 'id', (int, str), where)] = name
        found[name] = []
    for i, each in enumerate(field(data, 'annotations', list, str(path))):
        number = each.get('id', i) if isinstance(each, dict) else i
        where = f'Annotation {number} of {path}'
        frame = field(each, 'image_id', (int, str), where)
        box = field(each, 'bbox', list, where)
        if frame not in images:
            raise ValueError(f'{where} is of image {frame}, which the file '
                             f'does not list; {remedy}.')
        if len(box) != 4 or not all(
                isinstance(side, (int, float)) for side in box):
            raise ValueError(f'{where} has bbox {box!r}, but it must be four '
                             'numbers: left, top, width, height.')
        left, top, width, height = box
        found[images[frame]].append(
            (number, (left, top, left + width, top + height)))
    paths = {name: folder / name for name in found}
    return [
        ImageCrop(paths[name], f'{name}#{number}', box)
        for name, boxes in found.items() for number, box in boxes
    ]
