from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from mmcv.transforms import Compose, Resize
from torch.utils.data import DataLoader, SequentialSampler

from snreid_mm.engine.hooks import BatchCheckHook, check_batches


def _check(images, batch_size, num_instances=None, drop_last=True):
    sampler = SequentialSampler(range(images))
    if num_instances:
        sampler.num_instances = num_instances
    loader = DataLoader(
        list(range(images)),
        batch_size=batch_size,
        sampler=sampler,
        drop_last=drop_last)
    check_batches(loader)


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


def test_a_batch_that_is_not_the_samplers_is_refused():
    loader = DataLoader(
        list(range(16)), batch_size=4, sampler=SequentialSampler(range(16)))
    check_batches(loader)
    loader.sampler.batch_size = 8
    with pytest.raises(ValueError, match='batches of 8 images.*batch_size=4'):
        check_batches(loader)


@pytest.mark.parametrize('scale, warnings', [((4, 8), 0), ((8, 16), 1)])
def test_a_test_of_another_size_is_warned_of(scale, warnings):

    def loop(scale):
        dataset = type('Crops', (list, ), {})(range(8))
        dataset.pipeline = Compose([Resize(scale=scale)])
        return SimpleNamespace(dataloader=DataLoader(dataset, batch_size=4))

    runner = Mock(train_loop=loop((4, 8)), val_loop=loop(scale))
    runner.train_dataloader = runner.train_loop.dataloader
    BatchCheckHook().before_train(runner)
    assert runner.logger.warning.call_count == warnings
    if warnings:
        assert '[(8, 16)]' in runner.logger.warning.call_args.args[0]
    runner.val_loop = None
    BatchCheckHook().before_train(runner)
