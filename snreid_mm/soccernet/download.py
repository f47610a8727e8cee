"""Fetching SoccerNet ReID through SoccerNet's own downloader."""

import os
import os.path as osp
from typing import Optional, Sequence

from .index import SPLITS, check_split
from .unpack import (BrokenZipError, check_free_space, list_members,
                     unpack_split, verify_split)

# Where SoccerNet 0.2.0's downloader takes the task `reid` from.
HUB_PAGE = 'https://huggingface.co/datasets/SoccerNet/SN-ReID-2023'
# The zips' sizes in bytes, from the README of SoccerNet's `sn-reid`.
ZIP_SIZES = dict(
    train=12_120_000_000,
    valid=2_350_000_000,
    test=2_410_000_000,
    challenge=1_750_000_000)


def prepare_dataset(root: str,
                    splits: Sequence[str] = SPLITS,
                    *,
                    keep_zips: bool = False,
                    from_zips: Optional[str] = None,
                    source: Optional[str] = None,
                    password: Optional[str] = None) -> str:
    """Fetch the splits that are missing, and unpack them.

    A split that is there and whole is left alone, and so is a zip that is
    there and sound, so that the same call goes on after an interruption.

    Args:
        root (str): The folder that holds, or shall hold, ``reid``.
        splits (Sequence[str]): The splits. Defaults to all four.
        keep_zips (bool): Whether to keep a zip once its split is unpacked and
            checked. Defaults to False.
        from_zips (str, optional): A folder with the zips. The network is not
            used then, and the zips are kept. Defaults to None.
        source (str, optional): SoccerNet's ``source``: ``'HuggingFace'`` or
            ``'EXRCSDrive'``. Defaults to None, which means its default.
        password (str, optional): The password of ``'EXRCSDrive'``. Defaults
            to None, which means SoccerNet's own for public data.

    Returns:
        str: ``<root>/reid``, the ``data_root`` of
        :class:`~snreid_mm.datasets.SoccerNetReID`.

    Raises:
        ConnectionError: If a zip cannot be fetched.
        FileNotFoundError: If a zip is not in ``from_zips``.
        FileExistsError: If a split is there, but not whole.
        ValueError: If a split is unknown, or a zip is broken or unsafe.
        OSError: If the disk is too small.
    """
    for split in splits:
        check_split(split)
    root = osp.expanduser(root)
    data_root = osp.join(root, 'reid')
    for split in splits:
        if _is_there(data_root, split):
            continue
        if from_zips is not None:
            zip_path = osp.join(osp.expanduser(from_zips), f'{split}.zip')
        else:
            zip_path = _get_zip(root, data_root, split, source, password)
        try:
            count = unpack_split(zip_path, data_root, split)
        except BrokenZipError as error:
            remedy = 'fetch it again'
            if from_zips is None:
                os.remove(zip_path)
                remedy = ('it was deleted, run the same command again to '
                          'fetch it anew')
            raise BrokenZipError(f'{error}; {remedy}.') from error
        print(f'{split}: {count:,} crops are ready in '
              f'{osp.join(data_root, split)}.')
        if from_zips is None and not keep_zips:
            os.remove(zip_path)
    return data_root


def _is_there(data_root: str, split: str) -> bool:
    """Return whether a split is there; refuse a part of one."""
    split_dir = osp.join(data_root, split)
    # An empty folder is as good as none.
    if not osp.lexists(split_dir) or (osp.isdir(split_dir)
                                      and not os.listdir(split_dir)):
        return False
    try:
        count = verify_split(data_root, split)
    except (FileNotFoundError, ValueError) as error:
        raise FileExistsError(
            f'{split_dir} is there, but it is not a whole split, so it is '
            'neither used nor overwritten; delete or move it, then run the '
            f'same command again. What is wrong: {error}') from error
    print(f'{split}: {count:,} crops are there already in {split_dir}.')
    return True


def _get_zip(root: str, data_root: str, split: str, source: Optional[str],
             password: Optional[str]) -> str:
    """Return the zip that is there, if it is sound, or else a new one."""
    path = osp.join(data_root, f'{split}.zip')
    if osp.isfile(path):
        try:
            list_members(path, split)
            print(f'{split}: using {path}, which is there already.')
            return path
        except BrokenZipError as error:
            # It must go, or the downloader takes it for the real one.
            os.remove(path)
            print(f'{split}: {error}; it was deleted and is fetched anew.')
    os.makedirs(data_root, exist_ok=True)
    # The zip and what comes out of it are there at the same time. The images
    # are PNGs, which a zip hardly makes smaller.
    check_free_space(data_root, 2 * ZIP_SIZES[split],
                     f'fetch and unpack {split}.zip')
    _fetch_zip(root, split, path, source, password)
    return path


def _fetch_zip(root: str, split: str, path: str, source: Optional[str],
               password: Optional[str]) -> None:
    from SoccerNet.Downloader import SoccerNetDownloader

    # Only what was asked for: older releases know no `source`.
    options = dict(source=source, password=password)
    options = {key: value for key, value in options.items() if value}
    cause = None
    try:
        SoccerNetDownloader(LocalDirectory=root).downloadDataTask(
            task='reid', split=[split], **options)
    except Exception as error:  # each source has its own kinds
        cause = error
    # The downloader may return silently and without a file: the hub's
    # client does when it is offline and the folder exists.
    if cause is not None or not osp.isfile(path):
        reason = 'the downloader left no file'
        if cause is not None:
            reason = (str(cause).strip() or repr(cause)).splitlines()[0]
        raise ConnectionError(
            f'{split}.zip could not be fetched ({reason}): check the network '
            'and run the same command again, or fetch the zip from '
            f'{HUB_PAGE} on another machine, put it into '
            f'{osp.dirname(path)} and run the command with --from-zips.'
        ) from cause
