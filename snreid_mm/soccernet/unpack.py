"""Unpacking the zip of a split, so that a split is there whole or not at
all."""

import os
import os.path as osp
import re
import shutil
import stat
import zipfile
import zlib
from typing import List, Tuple

from tqdm import tqdm

from .annotations import find_annotation_file
from .checks import check_files
from .index import find_split, load_index

# What Python can unpack: not Deflate64, which Windows writes at times.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2,
            zipfile.ZIP_LZMA)
# A file takes whole blocks on the disk.
_BLOCK = 4096


class BrokenZipError(ValueError):
    """A zip that is cut off or damaged."""


def verify_split(data_root: str, split: str) -> int:
    """Check that a split is whole: its index is sound, its images are there.

    Args:
        data_root (str): The folder that holds the split folders.
        split (str): The split.

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
    _check_space(members, zip_path, data_root)
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


def list_members(zip_path: str,
                 split: str) -> List[Tuple[zipfile.ZipInfo, str]]:
    """List the files of a split's zip, and check them before any is written.

    Args:
        zip_path (str): The zip.
        split (str): The split, which is the name of the folder in it.

    Returns:
        list[tuple]: Each file's entry, and its path with forward slashes.

    Raises:
        BrokenZipError: If the zip's list of contents cannot be read, because
            the zip is cut off, say.
        ValueError: If it holds anything but a folder of the split's name, an
            entry that climbs out of it, comes twice, is a link, or cannot be
            unpacked.
    """
    try:
        with zipfile.ZipFile(zip_path) as file:
            infos = file.infolist()
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise BrokenZipError(f'{zip_path} is not a whole zip ({error}): '
                             'the download was cut off or damaged') from error
    members, seen = [], set()
    for info in infos:
        path = info.filename.replace('\\', '/')
        parts = path.rstrip('/').split('/')
        # What macOS adds when it packs a folder.
        if (parts[0] == '__MACOSX' or parts[-1] == '.DS_Store'
                or parts[-1].startswith('._')):
            continue
        _check_member(info, path, parts, zip_path, split, path in seen)
        if not path.endswith('/'):
            seen.add(path)
            members.append((info, path))
    return members


def _check_member(info: zipfile.ZipInfo, path: str, parts: List[str],
                  zip_path: str, split: str, repeated: bool) -> None:
    """Refuse an entry that is unsafe, or cannot be one of the split."""
    reason = None
    if path.startswith('/') or re.match('[A-Za-z]:', path):
        reason = 'has an absolute path'
    elif '..' in parts:
        reason = 'climbs out of its folder'
    elif stat.S_ISLNK(info.external_attr >> 16):
        reason = 'is a link'
    elif info.flag_bits & 0x1:
        reason = 'is encrypted'
    elif info.compress_type not in _METHODS:
        reason = 'is compressed in a way that Python cannot undo'
    elif parts[0] != split:
        reason = f'is not in the folder {split!r} that the zip must hold'
    elif repeated:
        reason = 'comes twice'
    if reason:
        raise ValueError(
            f'{zip_path} holds {info.filename!r}, which {reason}, so nothing '
            'was unpacked; get the zip from SoccerNet itself.')


def _check_space(members: List[Tuple[zipfile.ZipInfo, str]], zip_path: str,
                 data_root: str) -> None:
    """Refuse to start what the disk cannot hold."""
    need = sum(info.file_size + _BLOCK for info, _ in members)
    check_free_space(data_root, need, f'unpack {zip_path}')


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


def _extract(zip_path: str, members: List[Tuple[zipfile.ZipInfo, str]],
             folder: str) -> None:
    """Write the files; their checksums are checked on the way."""
    total = sum(info.file_size for info, _ in members)
    made = set()
    with zipfile.ZipFile(zip_path) as file, tqdm(
            total=total,
            unit='B',
            unit_scale=True,
            desc=f'Unpacking {osp.basename(zip_path)}') as progress:
        for info, path in members:
            target = osp.join(folder, path)
            parent = osp.dirname(target)
            if parent not in made:
                os.makedirs(parent, exist_ok=True)
                made.add(parent)
            with open(target, 'wb') as output:
                try:
                    with file.open(info) as packed:
                        shutil.copyfileobj(packed, output, 1 << 20)
                except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                    raise BrokenZipError(
                        f'{zip_path} is damaged at {path!r} '
                        f'({error})') from error
            progress.update(info.file_size)
