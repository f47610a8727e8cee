"""A contact sheet: what a data set looks like, on one page."""

import os.path as osp
from typing import List, Optional

import cv2
import numpy as np

from snreid_mm.soccernet import format_file_name
from snreid_mm.soccernet.annotations import read_entries
from snreid_mm.soccernet.index import check_split
from snreid_mm.utils.files import write_atomically

_CELL, _GAP, _COLUMNS = 160, 6, 14
_PAPER, _QUERY, _MATCH = (40, 40, 40), (60, 180, 250), (90, 200, 90)


def contact_sheet(root: str, split: str, actions: int = 4,
                  path: Optional[str] = None) -> np.ndarray:
    """Draw some actions: each query (orange frame), beside it its matches
    (green), and below them the other crops of the action.

    For the train split, an identity's first crop plays the query. The labels
    of the challenge split are read from the file beside the root.

    Args:
        root (str): The data root.
        split (str): ``'train'``, ``'valid'``, ``'test'`` or ``'challenge'``.
        actions (int): How many, spread over the split. Defaults to 4.
        path (Optional[str]): Where to write the sheet, a .png or .jpg file.
            Defaults to None, which only returns it.

    Returns:
        np.ndarray: The sheet, BGR uint8, (H, W, 3).

    Raises:
        FileNotFoundError: If the split's annotations are not there.
        ValueError: If ``actions`` is less than 1, or the split unknown.
    """
    check_split(split)
    if actions < 1:
        raise ValueError(f'actions must be at least 1, but is {actions}.')
    crops = _load(root, split)
    indices = sorted({c['action_idx'] for c in crops})
    picked = [indices[i] for i in np.unique(
        np.linspace(0, len(indices) - 1, min(actions, len(indices)), dtype=int
                    ))]
    blocks = []
    for index in picked:
        blocks.append(_banner(f'{split}: action {index}'))
        blocks.extend(
            _action_rows([c for c in crops if c['action_idx'] == index]))
    sheet = np.concatenate(blocks)
    if path is not None:
        write_atomically(
            path,
            cv2.imencode(osp.splitext(path)[1], sheet)[1].tobytes())
    return sheet


def _load(root: str, split: str) -> List[dict]:
    """The entries of a split, each with ``subset`` and ``file``."""
    name = 'train_bbox_info.json' if split == 'train' else 'bbox_info.json'
    file = osp.join(root, split, name)
    if split == 'challenge':
        file = osp.normpath(root) + '_challenge_labels.json'
    if not osp.isfile(file):
        raise FileNotFoundError(
            f'{file} is missing: make the data set with this split first.')
    crops = []
    lists = read_entries(file, split, ('bbox_idx', 'action_idx', 'person_uid'))
    for subset, entries in lists.items():
        for entry in entries.values():
            shown, below = entry, entry['relative_path']
            if split == 'challenge':
                shown = {k: v for k, v in entry.items() if k != 'person_uid'}
                below = ''
            folder = osp.join(root, split, subset or '', below)
            crops.append(
                dict(
                    entry,
                    subset=subset or 'train',
                    file=osp.join(folder, format_file_name(shown))))
    return crops


def _action_rows(crops: List[dict]) -> List[np.ndarray]:
    """One row per query, and rows for the rest."""
    people = {}
    for crop in crops:
        people.setdefault(crop['person_uid'], []).append(crop)
    groups, rest = [], []
    for group in people.values():
        group.sort(key=lambda c: c['subset'] != 'query')
        if len(group) > 1 and group[0]['subset'] != 'gallery':
            groups.append(group)
        else:
            rest.extend(group)
    tiles: List[List[np.ndarray]] = []
    line: List[np.ndarray] = []
    for group in groups:  # several groups share a row where they fit
        pictures = [_tile(c, _MATCH if k else _QUERY)
                    for k, c in enumerate(group)]
        if line and len(line) + len(pictures) > _COLUMNS:
            tiles.append(line)
            line = []
        line = line + pictures
    if line:
        tiles.append(line)
    others = [_tile(c, _PAPER) for c in rest]
    tiles.extend(others[i:i + _COLUMNS]
                 for i in range(0, len(others), _COLUMNS))
    return [_row(line[:_COLUMNS]) for line in tiles]


def _tile(crop: dict, frame) -> np.ndarray:
    image = cv2.imread(crop['file'])
    if image is None:
        raise FileNotFoundError(f'{crop["file"]} cannot be read as an image.')
    room = _CELL - 2 * _GAP
    scale = min(room / image.shape[0], room * 0.75 / image.shape[1])
    size = (max(int(image.shape[1] * scale), 1),
            max(int(image.shape[0] * scale), 1))
    image = cv2.resize(
        image, size,
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    tile = np.full((_CELL, int(_CELL * 0.78), 3), _PAPER, np.uint8)
    top, left = (tile.shape[0] - size[1]) // 2, (tile.shape[1] - size[0]) // 2
    tile[max(top - 3, 0):top + size[1] + 3,
         max(left - 3, 0):left + size[0] + 3] = frame
    tile[top:top + size[1], left:left + size[0]] = image
    return tile


def _row(tiles: List[np.ndarray]) -> np.ndarray:
    row = np.full((_CELL, int(_CELL * 0.78) * _COLUMNS, 3), _PAPER, np.uint8)
    joined = np.concatenate(tiles, axis=1)
    row[:, :joined.shape[1]] = joined
    return row


def _banner(text: str) -> np.ndarray:
    strip = np.full((26, int(_CELL * 0.78) * _COLUMNS, 3), 70, np.uint8)
    cv2.putText(strip, text, (8, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.55,
                (240, 240, 240), 1, cv2.LINE_AA)
    return strip
