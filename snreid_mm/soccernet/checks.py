"""What must hold in an index, and on the disk, before it is used."""

import logging
import os
import os.path as osp
from collections import defaultdict
from typing import Dict, List, Set

from mmengine.logging import print_log

from .folder_scan import is_picture


def check_bbox_indices(records: List[dict]) -> None:
    """Refuse a ``bbox_idx`` that comes twice within one list.

    Raises:
        ValueError: If one does; the message names both files.
    """
    for one, two in zip(records, records[1:]):
        if (one['bbox_idx'] == two['bbox_idx']
                and one['subset'] == two['subset']):
            raise ValueError(
                f'bbox_idx {one["bbox_idx"]} comes twice within one list: '
                f'{one["img_path"]} and {two["img_path"]}; take the wrong '
                'one out, or fetch the split again.')


def check_no_gaps(records: List[dict], split_dir: str) -> None:
    """Refuse records of a list whose boxes are not counted 0, 1, 2, …

    They are in the release, so that a gap in the file names means a split of
    which a part is missing.

    Raises:
        ValueError: If a number is missing.
    """
    found = defaultdict(set)
    for record in records:
        found[record['subset']].add(record['bbox_idx'])
    for subset, numbers in found.items():
        last = max(numbers)
        gaps = set(range(last)) - numbers
        if gaps:
            raise ValueError(
                f'{osp.join(split_dir, subset or "")} is not whole: its crops '
                f'are numbered up to {last}, but {len(gaps)} of them are '
                f'missing (the first is bbox_idx {min(gaps)}); unpack the '
                'split again, or set check_files=False to use the rest.')


def check_people(records: List[dict]) -> None:
    """Refuse a ``person_uid`` that lives in two actions of a split.

    Raises:
        ValueError: If one does; the message names the person and both files.
    """
    seen = {}
    for two in records:
        one = seen.setdefault(two['person_uid'], two)
        if one['action_idx'] != two['action_idx']:
            raise ValueError(
                f'person_uid {one["person_uid"]} is found in two actions, '
                f'{one["action_idx"]} and {two["action_idx"]} '
                f'({one["img_path"]} and {two["img_path"]}), but a person has '
                'another person_uid in every action; correct one of them.')


def check_queries_have_matches(records: List[dict], split_dir: str) -> None:
    """Refuse a query without a crop of the same person in the gallery.

    Its average precision is not defined, and SoccerNet's evaluator refuses
    the ranking.

    Raises:
        ValueError: If there is one; the message counts them and names the
            first.
    """
    gallery = {
        record['person_uid']
        for record in records if record['subset'] == 'gallery'
    }
    lonely = [
        record for record in records if record['subset'] == 'query'
        and record['person_uid'] not in gallery
    ]
    if lonely:
        raise ValueError(
            f'{len(lonely)} of the queries in {split_dir} have no match in '
            f'the gallery, first {lonely[0]["img_path"]} (person_uid '
            f'{lonely[0]["person_uid"]}), so that they cannot be scored; '
            'fetch the split again, or take these queries out.')


def check_files(records: List[dict], listed: List[dict], split_dir: str,
                source: str) -> None:
    """Check that the image of every record is there.

    Each folder is listed once, which is far quicker than asking for every
    file (9,181 folders hold the 248,234 images of train).

    Args:
        records (list[dict]): The records that are used.
        listed (list[dict]): All records of the split. A picture beside a used
            one that none of them names is mentioned in the log and ignored.
        split_dir (str): The folder of the split, for the messages.
        source (str): Where the list comes from, for the messages.

    Raises:
        FileNotFoundError: If images are missing; the message counts them and
            names the first.
    """
    wanted = _by_folder(records)
    known = _by_folder(listed)
    missing, extra, number_extra = [], None, 0
    for folder, names in wanted.items():
        try:
            with os.scandir(folder) as items:
                # A pipe of that name would let training wait for ever.
                there = {item.name for item in items if item.is_file()}
        except (FileNotFoundError, NotADirectoryError):
            there = set()
        missing.extend(osp.join(folder, name) for name in names - there)
        unknown = {name for name in there - known[folder] if is_picture(name)}
        if unknown:
            number_extra += len(unknown)
            extra = extra or osp.join(folder, min(unknown))
    if missing:
        raise FileNotFoundError(
            f'{split_dir} is not whole: {len(missing)} of the {len(records)} '
            f'images that {source} lists are missing, first {min(missing)}; '
            'unpack the split again (tools/dataset_tools/download.py).')
    if number_extra:
        print_log(
            f'{number_extra} images in {split_dir} are not listed in '
            f'{source} and are ignored, first {extra}.',
            logger='current',
            level=logging.WARNING)


def _by_folder(records: List[dict]) -> Dict[str, Set[str]]:
    """Group the images' file names by their folder."""
    names = defaultdict(set)
    for record in records:
        # The paths are ours, joined with a forward slash: no need for the
        # slower `os.path.split`.
        folder, _, name = record['img_path'].rpartition('/')
        names[folder].add(name)
    return names
