"""From painted crops to numbered entries, as SoccerNet numbers them.

Nothing in a number follows from who is seen: crops are shuffled before they
are counted, within the action, by a generator of the action's own.
"""

from dataclasses import dataclass
from typing import Dict, List, Optional

from snreid_mm.soccernet import ROLES, format_file_name
from .scene import seeded
from .squad import is_player


@dataclass
class Painted:
    """A crop that lies on disk under a provisional name.

    Attributes:
        path (str): The provisional file.
        frame (int): The view; 0 is the action camera.
        person (int): Index into the people of the match.
        role (str): Their class.
        number (Optional[int]): Their shirt number.
        number_seen (bool): Whether it can be made out.
        height, width (int): Pixels.
        keypoints (list): 17 rows of x, y, visibility.
    """
    path: str
    frame: int
    person: int
    role: str
    number: Optional[int]
    number_seen: bool
    height: int
    width: int
    keypoints: list


@dataclass
class PaintedAction:
    """The crops of an action.

    Attributes:
        split (str): The split.
        index (int): Its index in the split.
        match (int): The match's index in the split.
        folder (str): ``championship/season/game`` of the match.
        frames (int): How many cameras saw it.
        crops (List[Painted]): The crops.
    """
    split: str
    index: int
    match: int
    folder: str
    frames: int
    crops: List[Painted]


@dataclass
class Record:
    """A numbered crop.

    Attributes:
        subset (str): ``'train'``, ``'query'`` or ``'gallery'``.
        entry (dict): Its entry in ``bbox_info.json``.
        target (str): The final path, relative to the data root.
        crop (Painted): The crop.
    """
    subset: str
    entry: dict
    target: str
    crop: Painted


class Numbering:
    """Counts what is numbered over a whole data set: people and frames.

    Args:
        seed (int): The data set's seed.
        player_queries (bool): Whether only players and goalkeepers are
            matched between frames; every crop of anybody else is then an
            identity of its own. Defaults to False.

    Attributes:
        people (int): The next ``person_uid``.
        frames (int): The next ``frame_idx``.
    """

    def __init__(self, seed: int, player_queries: bool = False):
        self.seed, self.people, self.frames = seed, 0, 0
        self.player_queries = player_queries

    def _identity(self, crop: Painted):
        """What crops of one identity have in common."""
        if self.player_queries and not is_player(crop.role):
            return crop.person, crop.frame
        return crop.person

    def number(self, split: str, actions: List[PaintedAction]
               ) -> List[Record]:
        """Number the crops of a split, in the order of its actions.

        Args:
            split (str): The split.
            actions (List[PaintedAction]): All its actions, in order.

        Returns:
            List[Record]: The records, by subset and ``bbox_idx``.
        """
        counts: Dict[str, int] = dict(train=0, query=0, gallery=0)
        records = []
        for action in actions:
            records.extend(self._number_action(split, action, counts))
        order = dict(train=0, query=1, gallery=2)
        return sorted(
            records, key=lambda r: (order[r.subset], r.entry['bbox_idx']))

    def _number_action(self, split, action, counts) -> List[Record]:
        rng = seeded(self.seed, split, 3, action.index)
        crops = [action.crops[i] for i in rng.permutation(len(action.crops))]
        frames: Dict[object, set] = {}
        for crop in crops:
            frames.setdefault(self._identity(crop), set()).add(crop.frame)
        uids = {}
        for person in frames:  # in shuffled order
            uids[person] = self.people
            self.people += 1
        names = _names(crops, frames, self._identity)
        scene = int(rng.integers(20, 900))  # numbers in the UAI
        records = []
        for place, crop in enumerate(crops):
            person = self._identity(crop)
            if split == 'train':
                subset = 'train'
            elif crop.frame == 0 and len(frames[person]) > 1:
                subset = 'query'
            else:
                subset = 'gallery'
            replay = f'r{crop.frame:03d}' if crop.frame else ''
            entry = dict(
                bbox_idx=counts[subset],
                action_idx=action.index,
                person_uid=uids[person],
                frame_idx=self.frames + crop.frame,
                clazz=crop.role,
                id=names[person],
                UAI=(f'{action.index % 1000:03d}{replay}_{scene:05d}'
                     f'c{ROLES.index(crop.role) + 2}b{place:04d}'),
                relative_path=f'{action.folder}/{action.index}',
                height=crop.height,
                width=crop.width)
            counts[subset] += 1
            records.append(
                Record(subset, entry, _target(split, subset, entry), crop))
        self.frames += action.frames
        return records


def _names(crops, frames, identity) -> Dict[object, str]:
    """The ``ID`` of each person of an action: the shirt number where a crop
    shows it, a letter where none does, 'None' where one frame shows them."""
    letters = (f'{"" if i < 26 else chr(64 + i // 26)}{chr(65 + i % 26)}'
               for i in range(26 * 27))
    names = {}
    for crop in crops:
        person = identity(crop)
        if len(frames[person]) == 1:
            names[person] = 'None'
        elif crop.number is not None and crop.number_seen:
            names[person] = str(crop.number)
    for person in frames:
        if person not in names:
            names[person] = next(letters)
    return names


def _target(split, subset, entry) -> str:
    if split == 'challenge':
        short = {k: entry[k]
                 for k in ('bbox_idx', 'action_idx', 'height', 'width')}
        return f'challenge/{subset}/{format_file_name(short)}'
    folder = split if split == 'train' else f'{split}/{subset}'
    return f'{folder}/{entry["relative_path"]}/{format_file_name(entry)}'


def subset_json(split: str, records: List[Record]) -> dict:
    """What ``bbox_info.json`` (or ``train_bbox_info.json``) holds.

    Args:
        split (str): The split.
        records (List[Record]): Its records.

    Returns:
        dict: Entries by ``bbox_idx``; but for train, of ``query`` and of
        ``gallery``.
    """
    if split == 'train':
        return {str(r.entry['bbox_idx']): r.entry for r in records}
    info = dict(query={}, gallery={})
    for record in records:
        info[record.subset][str(record.entry['bbox_idx'])] = record.entry
    return info


def coco_json(records: List[Record], names, skeleton) -> dict:
    """The keypoints of a split in COCO's person-keypoints form.

    Args:
        records (List[Record]): The split's records.
        names (Sequence[str]): The keypoints' names.
        skeleton (Sequence[Tuple[int, int]]): Pairs to join, from 1.

    Returns:
        dict: ``images``, ``annotations`` and ``categories``. An image has
        one annotation: the person that the crop is of. A keypoint's
        visibility is 2 where it is seen, 1 where something hides it, and 0
        (with x = y = 0) outside the crop.
    """
    images, annotations = [], []
    for i, record in enumerate(records):
        crop = record.crop
        images.append(
            dict(
                id=i,
                file_name=record.target,
                width=crop.width,
                height=crop.height))
        annotations.append(
            dict(
                id=i,
                image_id=i,
                category_id=1,
                iscrowd=0,
                bbox=[0, 0, crop.width, crop.height],
                area=crop.width * crop.height,
                num_keypoints=sum(1 for _, _, v in crop.keypoints if v),
                keypoints=[n for point in crop.keypoints for n in point]))
    category = dict(
        id=1,
        name='person',
        supercategory='person',
        keypoints=list(names),
        skeleton=[list(pair) for pair in skeleton])
    return dict(
        info=dict(description='Synthetic soccer players'),
        images=images,
        annotations=annotations,
        categories=[category])
