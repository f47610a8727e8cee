from types import SimpleNamespace

import pytest
from torch.utils.data import DataLoader, SequentialSampler

from snreid_mm.engine import BatchCheckHook


def _check(images, batch_size, num_instances=None, drop_last=True):
    sampler = SequentialSampler(range(images))
    if num_instances:
        sampler.num_instances = num_instances
    loader = DataLoader(
        list(range(images)),
        batch_size=batch_size,
        sampler=sampler,
        drop_last=drop_last)
    BatchCheckHook().before_train(SimpleNamespace(train_dataloader=loader))


def test_whole_batches_pass():
    _check(8, 8)
    _check(8, 4, num_instances=2)
    _check(7, 8, num_instances=2, drop_last=False)


def test_no_batch_is_refused():
    with pytest.raises(ValueError, match='7 images.*batch_size=8'):
        _check(7, 8)


def test_a_batch_that_cuts_identities_is_refused():
    with pytest.raises(ValueError, match='batch_size=7.*num_instances=2'):
        _check(20, 7, num_instances=2)
