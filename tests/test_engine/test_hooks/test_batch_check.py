from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from mmcv.transforms import Compose, Resize
from mmpretrain.structures import DataSample
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


def epoch(labels, head=SimpleNamespace(loss_triplet=1), batches=None):
    """The warnings of two batches, an epoch or as many as said."""
    runner = Mock(
        val_loop=None,
        model=SimpleNamespace(head=head),
        train_dataloader=DataLoader(list(range(4)), batch_size=2))
    if batches:
        runner.train_dataloader = range(batches)
    hook = BatchCheckHook()
    hook._has_labels = hook._has_pairs = False
    for i, batch in enumerate(labels):
        runner.iter = i
        hook.after_train_iter(
            runner, i,
            dict(data_samples=[
                DataSample() if label is None else DataSample().set_gt_label(
                    label) for label in batch
            ]))
    return [call.args[0] for call in runner.logger.warning.mock_calls]


def test_an_epoch_without_a_pair_is_warned_of():
    said, = epoch([(0, 1), (1, 2)])
    assert said.startswith('In the epoch up to step 2 no batch has held two '
                           'images of one person')
    # One pair in an epoch is enough; each epoch is counted anew.
    assert not epoch([(0, 1), (2, 2)])
    assert len(epoch([(2, 2), (0, 1), (0, 1), (1, 0)])) == 1
    # Before its end nobody knows.
    assert not epoch([(0, 1), (1, 2)], batches=3)


def test_who_compares_no_pairs_is_not_warned():
    for head in (SimpleNamespace(loss_triplet=None, losses={}), None):
        assert not epoch([(0, 1), (1, 2)], head)
    assert epoch([(0, 1), (1, 2)],
                 SimpleNamespace(loss_triplet=None, losses=dict(pair=1)))
    assert not epoch([(None, None), (None, None)])  # a pose estimator's
