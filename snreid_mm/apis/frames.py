"""Crops of frames whose boxes are annotated."""

import zipfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Union

from snreid_mm.soccernet.frame_labels import read_frame_labels
from snreid_mm.utils.strict_json import parse_json
from .images import ImageCrop

# Beside Labels-v3.json: what Frames-v3.zip is unpacked to, or itself.
_FRAMES = ('v3_frames', 'Frames-v3', 'Frames-v3.zip')


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
        frames (str | Path, optional): The folder of its frames, or
            ``Frames-v3.zip``, which need not be unpacked. Defaults to None,
            ``v3_frames``, ``Frames-v3`` or ``Frames-v3.zip`` beside the
            labels.

    Returns:
        dict[str, ActionFrames]: By the file name of the action's frame.
        Within an action, crops whose ``person`` is the same show one person.

    Raises:
        FileNotFoundError: If the labels or the frames are not there.
        ValueError: If the labels or the zip are not whole.
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


def _find_frames(beside: Path,
                 given: Union[str, Path, None]) -> Union[Path, zipfile.Path]:
    places = [beside / name for name in _FRAMES] if given is None else [
        Path(given)
    ]
    for place in places:
        if place.is_dir():
            return place
        if place.is_file():
            try:
                return zipfile.Path(place)
            except zipfile.BadZipFile as error:
                raise ValueError(f'{place} is no whole zip file ({error}): '
                                 'fetch the frames again.') from error
    raise FileNotFoundError(
        f'There are no frames in {" or ".join(map(str, places))}: fetch '
        'Frames-v3.zip of the game, or name its folder.')


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
