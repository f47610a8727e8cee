"""Which files a run starts from, beyond their names."""

import functools
import hashlib
from pathlib import Path
from typing import Dict, Iterator

from mmengine.config import Config

from snreid_mm.soccernet.annotations import find_annotation_file
from snreid_mm.utils.config import flatten_config, innermost_datasets

# What the stamps' names begin with.
STAMP = 'the contents of '
# The keys, in a config of a model or beside it, that name weights.
_WEIGHTS = ('checkpoint', 'pretrained', 'load_from')


def data_stamps(cfg: Config) -> Dict[str, str]:
    """Name the files of a config by what they hold.

    A synthetic set that was drawn again, a split that was fetched again, or
    the weights of a part stream that was trained again have the old name.

    Args:
        cfg (Config): The whole config.

    Returns:
        dict[str, str]: A digest of each split's annotation file, and of each
        file of weights that the model or the training starts from. URLs have
        none.
    """
    return {
        f'{STAMP}{path}': _digest(path,
                                  path.stat().st_mtime_ns)
        for path in [*_annotations(cfg), *_weights(cfg)]
    }


def _annotations(cfg: Config) -> Iterator[Path]:
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader = cfg.get(name) or {}
        for dataset in innermost_datasets(loader.get('dataset') or {}):
            if 'data_root' not in dataset:
                continue
            path = find_annotation_file(dataset['data_root'],
                                        dataset.get('split', 'train'))
            if path is not None:
                yield Path(path)


def _weights(cfg: Config) -> Iterator[Path]:
    places = {
        **flatten_config(dict(cfg.get('model') or {}), 'model'), 'load_from':
        cfg.get('load_from')
    }
    for key, value in places.items():
        is_path = key.split('.')[-1] in _WEIGHTS and isinstance(value, str)
        if is_path and Path(value).is_file():
            yield Path(value)


@functools.lru_cache(maxsize=None)
def _digest(path: Path, _changed: int) -> str:
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()[:16]
