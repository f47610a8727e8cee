"""Which files a run starts from, beyond their names."""

import functools
import hashlib
from pathlib import Path
from typing import Dict, Iterator, Optional

from mmengine.config import Config

from snreid_mm.soccernet import load_index
from snreid_mm.soccernet.annotations import find_annotation_file
from snreid_mm.utils.config import flatten_config, innermost_datasets

# What the stamps' names begin with.
STAMP = 'the contents of '
# The keys, in a config of a model or beside it, that name weights.
_WEIGHTS = ('checkpoint', 'pretrained', 'load_from')


def data_stamps(cfg: Config) -> Dict[str, str]:
    """Digest each split's annotation file, and each file of weights that the
    model or the training starts from.

    A synthetic set that was made again, a split that was fetched again, or
    the weights of a part stream that was trained again have the old name.
    URLs have no digest.
    """
    return {
        f'{STAMP}{path}': digest_file(path)
        for path in map(Path, _named_files(cfg)) if path.is_file()
    }


def _named_files(cfg: Config) -> Iterator[str]:
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader = cfg.get(name) or {}
        for dataset in innermost_datasets(loader.get('dataset') or {}):
            if 'data_root' in dataset:
                yield find_annotation_file(dataset['data_root'],
                                           dataset.get('split', 'train')) or ''
    settings = dict(model=cfg.get('model'), load_from=cfg.get('load_from'))
    for key, value in flatten_config(settings).items():
        if key.split('.')[-1] in _WEIGHTS and isinstance(value, str):
            yield value


def stamp_split(data_root: str, split: str) -> Optional[str]:
    """Digest the annotation file of a split, None where it has none."""
    path = find_annotation_file(data_root, split)
    return None if path is None else digest_file(Path(path))


def stamp_index(data_root: str, split: str) -> str:
    """Digest which crops a split has: its annotation file or, where it has
    none, the names of its images."""
    stamp = stamp_split(data_root, split)
    if stamp is None:
        names = '\n'.join(
            Path(record['img_path']).name
            for record in load_index(data_root, split))
        stamp = hashlib.sha256(names.encode()).hexdigest()[:16]
    return stamp


def digest_file(path: Path) -> str:
    """Digest a file: 16 hexadecimal digits of its SHA-256."""
    return _digest(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=None)
def _digest(path: Path, _changed: int) -> str:
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()[:16]
