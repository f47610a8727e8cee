"""Which data a run sees, beyond the name of their folder."""

import functools
import hashlib
from pathlib import Path
from typing import Dict

from mmengine.config import Config

from snreid_mm.datasets.annotations import find_annotation_file


def data_stamps(cfg: Config) -> Dict[str, str]:
    """Name the data of a config by what their annotation files hold.

    A synthetic set that was drawn again, or a split that was fetched again,
    has the old folder's name.

    Args:
        cfg (Config): The whole config.

    Returns:
        dict[str, str]: For each split that has an annotation file, a digest
        of it.
    """
    stamps = {}
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        dataset = (cfg.get(name) or {}).get('dataset') or {}
        while 'dataset' in dataset:
            dataset = dataset['dataset']
        if 'data_root' not in dataset:
            continue
        split = dataset.get('split', 'train')
        path = find_annotation_file(dataset['data_root'], split)
        if path is not None:
            path = Path(path)
            stamps[f'the contents of {path}'] = _digest(
                path, path.stat().st_mtime_ns)
    return stamps


@functools.lru_cache(maxsize=None)
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
