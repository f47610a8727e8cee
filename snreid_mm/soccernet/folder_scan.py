"""The crops of a split, found by walking its folders."""

import os
import os.path as osp
from typing import Iterator, Tuple

from .annotations import SUBSETS, Crop
from .naming import parse_file_name

# Anything that is meant as a picture must have the name of a crop; notes,
# thumbnails' caches and the like are passed over.
_PICTURES = ('.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp')


def is_picture(name: str) -> bool:
    """Return whether a name is a picture's, and not a hidden file's (macOS
    writes ``._<name>.png`` beside every file it copies)."""
    return name.lower().endswith(_PICTURES) and not name.startswith('.')


def scan_split(split_dir: str, split: str) -> Iterator[Crop]:
    """Find the crops of a split from their file names alone.

    Args:
        split_dir (str): The folder of the split.
        split (str): ``'train'``, ``'valid'``, ``'test'`` or ``'challenge'``.

    Yields:
        tuple: The crop's subset (None in train), its folder, its file name
        and the entry that the name holds, in no particular order.

    Raises:
        ValueError: If a picture does not have the documented name. The
            message names the file.
    """
    for subset in (None, ) if split == 'train' else SUBSETS:
        top = osp.join(split_dir, subset) if subset else split_dir
        for folder, name in _walk(top, ''):
            entry = parse_file_name(
                osp.join(top, folder, name), labelled=split != 'challenge')
            yield subset, folder, name, entry


def _walk(top: str, folder: str) -> Iterator[Tuple[str, str]]:
    """Yield (folder below ``top``, with forward slashes, file name)."""
    inner = []
    with os.scandir(osp.join(top, folder)) as items:
        for item in items:
            if is_picture(item.name):
                yield folder, item.name
            elif not item.name.startswith('.') and item.is_dir():
                inner.append(item.name)
    for name in sorted(inner):
        yield from _walk(top, f'{folder}/{name}' if folder else name)
