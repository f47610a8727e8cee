"""Unpacking the zip of a split, so that a split is there whole or not at
all."""

import os
import os.path as osp
import re
import shutil
import stat
import zipfile
import zlib
from typing import List

from tqdm import tqdm

from .annotations import find_annotation_file
from .checks import check_files
from .index import find_split, load_index

# A file takes whole blocks on the disk.
_BLOCK = 4096
# SoccerNet's zips hold PNGs, which hardly shrink. One that unpacks to more
# than a gigabyte and to more than 20 times its own size is a bomb.
_HARMLESS, _MOST_GROWTH = 10**9, 20


class BrokenZipError(ValueError):
    """A zip that is cut off or damaged."""


def verify_split(data_root: str, split: str) -> int:
    """Check that a split is whole: its index is sound, its images are there.

    Returns:
        int: The number of its crops.

    Raises:
        FileNotFoundError: If something is missing.
        ValueError: If the index contradicts itself.
    """
    records = load_index(data_root, split)
    split_dir = find_split(data_root, split)
    check_files(records, records, split_dir,
                find_annotation_file(data_root, split) or split_dir)
    return len(records)


def unpack_split(zip_path: str, data_root: str, split: str) -> int:
    """Unpack ``<split>.zip`` into ``<data_root>/<split>``.

    The zip goes into a folder beside it, is checked there, and takes its
    place in one step. When anything fails, that folder is removed.

    Args:
        zip_path (str): The zip, which holds one folder named as the split.
        data_root (str): Where the split's folder goes.
        split (str): The split.

    Returns:
        int: The number of crops in it.

    Raises:
        BrokenZipError: If the zip is cut off or damaged.
        ValueError: If the zip holds something else, or an entry that would
            land outside the split's folder. Nothing is written then.
        OSError: If the disk has too little space for it.
    """
    members = list_members(zip_path, split)
    os.makedirs(data_root, exist_ok=True)
    check_free_space(data_root,
                     sum(info.file_size + _BLOCK for info in members),
                     f'unpack {zip_path}')
    staging = osp.join(data_root, f'.{split}.unpacking')
    # What an interrupted run left behind.
    shutil.rmtree(staging, ignore_errors=True)
    try:
        _extract(zip_path, members, staging)
        try:
            count = verify_split(staging, split)
        except (FileNotFoundError, ValueError) as error:
            reason = str(error).replace(staging, data_root)
            raise ValueError(f'{zip_path} does not hold the whole of {split}, '
                             f'so nothing was kept of it: {reason}') from error
        os.rename(osp.join(staging, split), osp.join(data_root, split))
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return count


def list_members(zip_path: str, split: str) -> List[zipfile.ZipInfo]:
    """List the files of a split's zip, and check them before any is written.

    Args:
        zip_path (str): The zip.
        split (str): The split, which is the name of the folder in it.

    Returns:
        list[zipfile.ZipInfo]: The entry of each file, with forward slashes.

    Raises:
        BrokenZipError: If the zip's list of contents cannot be read, because
            the zip is cut off, say.
        ValueError: If it holds anything but a folder of the split's name, an
            entry that climbs out of it, comes twice or is a link; or if it
            would grow beyond what images do.
    """
    try:
        with open(zip_path, 'rb') as raw, zipfile.ZipFile(raw) as file:
            infos = file.infolist()
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise BrokenZipError(f'{zip_path} is not a whole zip ({error}): '
                             'the download was cut off or damaged') from error
    members = {}
    for info in infos:
        path = info.filename.replace('\\', '/')
        parts = path.rstrip('/').split('/')
        # What macOS adds when it packs a folder.
        if (parts[0] == '__MACOSX' or parts[-1] == '.DS_Store'
                or parts[-1].startswith('._')):
            continue
        reasons = {
            'has an absolute path':
            path.startswith('/') or re.match('[A-Za-z]:', path),
            'climbs out of its folder': '..' in parts,
            'is a link': stat.S_ISLNK(info.external_attr >> 16),
            f'is not in the folder {split!r} that the zip must hold':
            parts[0] != split,
            'comes twice': path in members
        }
        for reason, holds in reasons.items():
            if holds:
                raise ValueError(
                    f'{zip_path} holds {info.filename!r}, which {reason}, so '
                    'nothing was unpacked; get the zip from SoccerNet itself.')
        info.filename = path
        if not info.is_dir():
            members[path] = info
    total = sum(info.file_size for info in members.values())
    size = osp.getsize(zip_path)
    if total > max(_HARMLESS, _MOST_GROWTH * size):
        raise ValueError(
            f'{zip_path} has {size / 1e6:.1f} MB and would unpack to '
            f'{total / 1e6:.1f} MB, more than {_MOST_GROWTH} times that, '
            'which images do not, so nothing was unpacked; get the zip from '
            'SoccerNet itself.')
    return list(members.values())


def check_free_space(folder: str, need: int, purpose: str) -> None:
    """Raise an OSError if a disk has too little space.

    Args:
        folder (str): A folder on that disk.
        need (int): How much is needed, in bytes.
        purpose (str): What for, for the message.
    """
    free = shutil.disk_usage(folder).free
    if free < need:
        raise OSError(f'To {purpose}, {need / 1e9:.2f} GB are needed in '
                      f'{folder}, but {free / 1e9:.2f} GB are free there; '
                      'make room, or choose another folder.')


def _extract(zip_path: str, members: List[zipfile.ZipInfo],
             folder: str) -> None:
    """Write the files; their checksums are checked on the way."""
    with zipfile.ZipFile(zip_path) as file, tqdm(
            total=sum(info.file_size for info in members),
            unit='B',
            unit_scale=True,
            desc=f'Unpacking {osp.basename(zip_path)}') as progress:
        for info in members:
            try:
                file.extract(info, folder)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise BrokenZipError(f'{zip_path} is damaged at '
                                     f'{info.filename!r} ({error})') from error
            progress.update(info.file_size)
