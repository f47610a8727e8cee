"""The index of a split: one record per crop, in a fixed order.

It is read from the annotation file where there is one, from the file names
otherwise, and is the same list both ways.
"""

import os.path as osp
import sys
from typing import Iterable, List

from .annotations import SUBSETS, Crop, find_annotation_file, read_annotations
from .checks import (check_bbox_indices, check_no_gaps, check_people,
                     check_queries_have_matches)
from .folder_scan import scan_split
from .roles import check_role

#: The splits of SoccerNet-v3 ReID.
SPLITS = ('train', 'valid', 'test', 'challenge')


def load_index(data_root: str,
               split: str,
               check_gaps: bool = True) -> List[dict]:
    """Load the index of a split.

    Args:
        data_root (str): The folder that holds the split folders.
        split (str): ``'train'``, ``'valid'``, ``'test'`` or ``'challenge'``.
        check_gaps (bool): Whether a gap in the numbers of the crops is an
            error, when the index is read from file names. Defaults to True.

    Returns:
        list[dict]: A record per crop, queries before gallery, then by
        ``bbox_idx``:

        - img_path (str): The image.
        - bbox_idx (int): The crop's number within its list.
        - action_idx (int): The action it was cut from.
        - person_uid (int | None): The person; None in challenge.
        - frame_idx (int | None): The frame; None in challenge.
        - role (str | None): The class, one of
          :data:`~snreid_mm.soccernet.roles.ROLES`; None in challenge.
        - jersey (str | None): The jersey's number, a letter where none can be
          read in the action, or ``'None'`` where the person is seen in one
          frame only; None in challenge.
        - subset (str | None): ``'query'`` or ``'gallery'``; None in train.
        - height, width (int): The crop's size in pixels.

    Raises:
        FileNotFoundError: If the split is not there, or a list has no crop.
        ValueError: If the split is unknown or its index contradicts itself.
    """
    check_split(split)
    split_dir = find_split(data_root, split)
    annotation_file = find_annotation_file(data_root, split)
    if annotation_file:
        crops = read_annotations(annotation_file, split)
    else:
        crops = scan_split(split_dir, split)
    records = _make_records(crops, split_dir)
    found = {record['subset'] for record in records}
    for subset in (None, ) if split == 'train' else SUBSETS:
        if subset not in found:
            raise FileNotFoundError(
                f'There is no crop in {osp.join(split_dir, subset or "")}: it '
                'is empty, or half unpacked; fetch the split with '
                'tools/dataset_tools/download.py or generate a synthetic one '
                'with tools/dataset_tools/make_synthetic.py.')
    # 'query' before 'gallery'.
    records.sort(
        key=lambda record: (record['subset'] == 'gallery', record['bbox_idx']))
    check_bbox_indices(records)
    if check_gaps and not annotation_file:
        check_no_gaps(records, split_dir)
    if split != 'challenge':
        check_people(records)
    if split in ('valid', 'test'):
        check_queries_have_matches(records, split_dir)
    return records


def check_split(split: str) -> None:
    """Raise a ValueError unless ``split`` is the name of a split."""
    if split not in SPLITS:
        raise ValueError(f'split={split!r} is unknown: choose one of '
                         f'{", ".join(map(repr, SPLITS))}.')


def find_split(data_root: str, split: str) -> str:
    """Return the folder of a split.

    Args:
        data_root (str): The folder that holds the split folders.
        split (str): The split.

    Returns:
        str: ``<data_root>/<split>``.

    Raises:
        FileNotFoundError: If it is missing. The message says where the data
            comes from.
    """
    split_dir = osp.join(data_root, split)
    inner, below = osp.join(split_dir, split), osp.join(data_root, 'reid')
    if osp.isdir(split_dir) and not osp.isdir(inner):
        return split_dir
    remedy = ('data_root must hold the split folders of SoccerNet ReID '
              f'({", ".join(SPLITS)}); fetch them with '
              'tools/dataset_tools/download.py, generate a synthetic set with '
              'tools/dataset_tools/make_synthetic.py, or correct data_root')
    if osp.isdir(inner):
        remedy = (f'{split}.zip was unpacked one folder too deep, so move '
                  f'what is in {inner} up into {split_dir}')
    elif osp.isdir(osp.join(below, split)):
        remedy = f'there is one in {below}, so set data_root={below!r}'
    raise FileNotFoundError(f'There is no split in {split_dir}: {remedy}.')


def select_fraction(records: List[dict], fraction: float) -> List[dict]:
    """Select the crops of the first actions.

    The rule is that of the ``training_subset`` of SoccerNet's ``sn-reid``, so
    that "10 %" means the same images there and here: with the crops sorted by
    ``bbox_idx``, keep those whose ``action_idx`` is below ``fraction`` × (the
    last crop's ``action_idx`` + 1).

    Args:
        records (list[dict]): The records, sorted by ``bbox_idx``.
        fraction (float): The share of the actions to keep, in (0, 1].

    Returns:
        list[dict]: The records kept.
    """
    end = fraction * (records[-1]['action_idx'] + 1)
    return [record for record in records if record['action_idx'] < end]


def _make_records(crops: Iterable[Crop], split_dir: str) -> List[dict]:
    """Convert what either reader found to records."""
    prefixes = {}
    records = []
    for subset, folder, name, entry in crops:
        prefix = prefixes.get((subset, folder))
        if prefix is None:
            # Always a forward slash, so that both readers and both kinds of
            # system give the same paths.
            parts = (split_dir, subset, folder.strip('/'))
            prefix = '/'.join([part for part in parts if part]) + '/'
            prefixes[subset, folder] = prefix
        path, role, jersey = prefix + name, entry.get('clazz'), None
        if role is not None:
            check_role(role, path)
            # One string each, not 248,234.
            role, jersey = sys.intern(role), sys.intern(str(entry['id']))
        records.append(
            dict(
                img_path=path,
                bbox_idx=entry['bbox_idx'],
                action_idx=entry['action_idx'],
                person_uid=entry.get('person_uid'),
                frame_idx=entry.get('frame_idx'),
                role=role,
                jersey=jersey,
                subset=subset,
                height=entry['height'],
                width=entry['width']))
    return records
