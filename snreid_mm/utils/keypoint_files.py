"""The keypoint files that a pose estimator's config names."""

import os.path as osp
from typing import Sequence

from mmengine.config import Config

from .config import innermost_datasets

MAKER = 'tools/dataset_tools/make_synthetic.py'


def check_keypoint_files(cfg: Config, loaders: Sequence[str]) -> None:
    """Refuse a config whose keypoint files, of the named data loaders, are not
    there.

    MMPose's data sets only assert that there is an annotation file. Configs
    without keypoints pass.

    Raises:
        FileNotFoundError: If a keypoint file is missing.
        ValueError: If a data set is asked for a split, which it does not
            know: files take the place of splits.
    """
    for loader in loaders:
        dataset = (cfg.get(loader) or {}).get('dataset') or {}
        for each in innermost_datasets(dataset):
            if str(each.get('type')).startswith('mmpose.') \
                    and each.get('ann_file'):
                _check(each, f'{loader}.dataset')


def _check(dataset: dict, where: str) -> None:
    ann_file = dataset['ann_file']
    if 'split' in dataset:
        raise ValueError(
            f'{where}.split={dataset["split"]!r} means nothing to '
            f'{dataset["type"]}: give the file instead, e.g. {where}.ann_file='
            f'keypoints/{dataset["split"]}.json.')
    path = ann_file
    if '://' not in path and not osp.isabs(path):
        path = osp.join(dataset.get('data_root') or '', path)
    if '://' not in path and not osp.isfile(path):
        raise FileNotFoundError(
            f'There is no keypoint file {path} ({where}.ann_file): give the '
            f'data_root of a synthetic pitch, which {MAKER} draws and writes '
            'with the keypoints of train, valid and test.')
