"""Which crops an export is calibrated on, and which it is checked on."""

from mmengine.config import Config
from mmengine.dataset import BaseDataset

from snreid_mm.registry import DATASETS


def split_of(cfg: Config, split: str) -> BaseDataset:
    """Build a split with the pipeline of the test.

    Args:
        cfg (Config): The whole config.
        split (str): ``'train'``, ``'valid'`` or ``'test'``.

    Returns:
        BaseDataset: The data set. Of train it is what the config trains on.
    """
    loader = cfg.train_dataloader if split == 'train' else cfg.test_dataloader
    return DATASETS.build({
        **loader.dataset, 'split': split,
        'pipeline': cfg.test_dataloader.dataset.pipeline
    })


def evenly_spaced(dataset: BaseDataset, count: int) -> BaseDataset:
    """Take so many samples of a data set, spread over all of it."""
    count = min(count, len(dataset))
    return dataset.get_subset(
        [len(dataset) * i // count for i in range(count)])


def whole_actions(dataset: BaseDataset, count: int) -> BaseDataset:
    """Take so many actions of a data set, spread over all, with all of their
    crops."""
    column = dataset.column('action_idx').tolist()
    actions = sorted(set(column))
    count = min(count, len(actions))
    kept = {actions[len(actions) * i // count] for i in range(count)}
    return dataset.get_subset(
        [i for i, action in enumerate(column) if action in kept])
