from collections import Counter
from unittest.mock import patch

import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset

from snreid_mm.datasets.samplers import ActionIdentitySampler
from snreid_mm.registry import DATA_SAMPLERS


class Crops(Dataset):
    """Nothing but labels."""

    def __init__(self, gt_label, action_idx):
        self.columns = dict(
            gt_label=np.asarray(gt_label), action_idx=np.asarray(action_idx))

    def column(self, key):
        return self.columns[key]

    def __len__(self):
        return len(self.columns['gt_label'])

    def __getitem__(self, index):
        return dict(inputs=index)


def soccer_like(num_actions=60, seed=0):
    """Images per identity and identities per action as in SoccerNet."""
    rng = np.random.default_rng(seed)
    labels, actions = [], []
    label = 0
    for action in range(num_actions):
        for _ in range(rng.integers(5, 30)):
            images = rng.choice([1, 2, 3, 4, 5], p=[.55, .335, .085, .02, .01])
            labels += [label] * images
            actions += [action * 3 + 7] * images
            label += 1
    # The order of the files is not the order of the labels.
    order = rng.permutation(len(labels))
    return Crops(np.array(labels)[order], np.array(actions)[order])


@pytest.fixture(scope='module')
def crops():
    return soccer_like()


def blocks_of(sampler, num):
    indices = list(sampler)
    return [indices[i:i + num] for i in range(0, len(indices), num)]


@pytest.mark.parametrize('scope', ['action', 'all'])
@pytest.mark.parametrize('num', [1, 2, 3, 4])
def test_every_image_once_an_epoch(crops, scope, num):
    sampler = ActionIdentitySampler(
        crops, num_instances=num, scope=scope, seed=1)
    for epoch in range(3):
        sampler.set_epoch(epoch)
        indices = list(sampler)
        assert sorted(indices) == list(range(len(crops)))
        assert len(sampler) == len(indices)
        assert all(type(index) is int for index in indices)


@pytest.mark.parametrize('scope', ['action', 'all'])
@pytest.mark.parametrize('num', [2, 3, 4])
def test_blocks_hold_one_identity(crops, scope, num):
    labels = crops.column('gt_label')
    sizes = Counter(labels.tolist())
    sampler = ActionIdentitySampler(
        crops, num_instances=num, scope=scope, seed=1)
    blocks = [labels[block] for block in blocks_of(sampler, num)]
    full = Counter(block[0] for block in blocks
                   if len(block) == num and len(set(block)) == 1)
    assert full == {
        label: size // num
        for label, size in sizes.items() if size >= num
    }


@pytest.mark.parametrize('num', [2, 3])
def test_drop_leaves_out_what_fills_no_block(crops, num):
    labels = crops.column('gt_label')
    sampler = ActionIdentitySampler(
        crops, num_instances=num, singletons='drop', seed=1)
    drawn = list(sampler)
    assert len(drawn) == len(set(drawn)) == len(sampler)
    assert len(drawn) == sum(size // num * num
                             for size in Counter(labels.tolist()).values())
    for block in blocks_of(sampler, num):
        assert len(set(labels[block])) == 1


def test_dropped_images_change_with_the_epoch():
    crops = Crops([0, 0, 0], [0, 0, 0])
    sampler = ActionIdentitySampler(crops, singletons='drop', seed=0)
    seen = set()
    for epoch in range(20):
        sampler.set_epoch(epoch)
        seen |= set(sampler)
    assert seen == {0, 1, 2}


@pytest.mark.parametrize('num', [2, 4])
def test_repeat_fills_every_block_with_its_identity(crops, num):
    labels = crops.column('gt_label')
    sampler = ActionIdentitySampler(
        crops, num_instances=num, singletons='repeat', scope='all', seed=1)
    blocks = blocks_of(sampler, num)
    assert len(sampler) == sum(map(len, blocks))
    assert set(sum(blocks, [])) == set(range(len(crops)))
    sizes = Counter(labels.tolist())
    for block in blocks:
        assert len(block) == num
        assert len(set(labels[block])) == 1
        # A copy only where the identity has no other image.
        assert len(set(block)) == min(num, sizes[labels[block[0]]])


def test_kept_singletons_stay_in_their_action(crops):
    # Two residues of fewer than K images can meet, no more.
    actions = crops.column('action_idx')
    sampler = ActionIdentitySampler(crops, seed=3)
    mixed = [
        block for block in blocks_of(sampler, 2)
        if len(set(actions[block])) > 1
    ]
    assert len(mixed) <= len(set(actions)) / 2


def test_teammates_meet(crops):
    actions = crops.column('action_idx')

    def actions_per_batch(**kwargs):
        sampler = ActionIdentitySampler(crops, seed=0, **kwargs)
        return np.mean([
            len(set(actions[batch])) for batch in blocks_of(sampler, 32)
            if len(batch) == 32
        ])

    assert actions_per_batch() < 3
    assert actions_per_batch(scope='all') > 15
    assert 3 < actions_per_batch(identities_per_action=4) < 8


def test_identities_per_action_makes_batches_of_few_actions():
    # 8 actions x 4 players x 2 images, in batches of 2 actions x 4 x 2.
    labels = np.repeat(np.arange(32), 2)
    actions = np.repeat(np.arange(8), 8)
    sampler = ActionIdentitySampler(
        Crops(labels, actions), identities_per_action=4, seed=0)
    for batch in blocks_of(sampler, 16):
        assert Counter(actions[batch].tolist()).most_common()[0][1] == 8
        assert len(set(actions[batch])) == 2
        assert len(set(labels[batch])) == 8

    # Larger actions are taken apart.
    sampler = ActionIdentitySampler(
        Crops(labels, actions // 4), identities_per_action=2, seed=0)
    changes = np.diff((actions // 4)[list(sampler)])
    assert np.count_nonzero(changes) > 1


def test_blocks_of_an_action_are_shuffled():
    # 8 pairs and 4 blocks of singletons, which are cut last: over the epochs
    # each place in the action sees both.
    labels = np.append(np.repeat(np.arange(8), 2), np.arange(8, 16))
    sampler = ActionIdentitySampler(
        Crops(labels, np.zeros_like(labels)), seed=0)
    mixed = []
    for epoch in range(60):
        sampler.set_epoch(epoch)
        mixed.append(
            [len(set(labels[block])) == 2 for block in blocks_of(sampler, 2)])
    share = np.mean(mixed, axis=0)
    assert share.min() > .1 and share.max() < .6


def test_an_identity_of_two_actions_is_two():
    # Only for data in which a label spans actions: pairs never mix actions.
    labels, actions = [0] * 8, [0, 0, 0, 0, 1, 1, 1, 1]
    sampler = ActionIdentitySampler(Crops(labels, actions), seed=0)
    for block in blocks_of(sampler, 2):
        assert len({actions[index] for index in block}) == 1


def test_seed_and_epoch_fix_the_order(crops):
    first = ActionIdentitySampler(crops, seed=5)
    again = ActionIdentitySampler(crops, seed=5)
    other = ActionIdentitySampler(crops, seed=6)
    assert list(first) == list(first) == list(again)
    assert list(first) != list(other)
    epoch_0 = list(first)
    first.set_epoch(1)
    assert list(first) != epoch_0
    first.set_epoch(0)
    assert list(first) == epoch_0


def test_order_does_not_follow_nor_change_the_global_state(crops):
    np.random.seed(0)
    state = np.random.get_state()[1].copy()
    indices = list(ActionIdentitySampler(crops, seed=5))
    assert (np.random.get_state()[1] == state).all()
    np.random.seed(1)
    assert list(ActionIdentitySampler(crops, seed=5)) == indices


@pytest.mark.parametrize('world_size', [2, 3, 8])
@pytest.mark.parametrize('singletons', ['keep', 'drop', 'repeat'])
def test_ranks_share_the_epoch(crops, world_size, singletons):
    name = 'snreid_mm.datasets.samplers.action_identity.get_dist_info'
    alone = ActionIdentitySampler(crops, singletons=singletons, seed=2)
    shares = []
    for rank in range(world_size):
        with patch(name, return_value=(rank, world_size)):
            sampler = ActionIdentitySampler(
                crops, singletons=singletons, seed=2)
        shares.append(list(sampler))
        assert len(shares[-1]) == len(sampler)
    # Equal lengths in whole blocks; together the epoch of one process, with
    # fewer than world_size * K images drawn again, at the very end.
    assert len({len(share) for share in shares}) == 1
    assert len(shares[0]) % 2 == 0
    row = sum(shares, [])
    epoch = list(alone)
    assert row[:len(epoch)] == epoch
    assert len(row) - len(epoch) < world_size * 2
    assert row[len(epoch):] == epoch[:len(row) - len(epoch)]


def test_a_set_smaller_than_the_ranks():
    name = 'snreid_mm.datasets.samplers.action_identity.get_dist_info'
    shares = []
    for rank in range(4):
        with patch(name, return_value=(rank, 4)):
            shares.append(
                list(ActionIdentitySampler(Crops([0, 0], [0, 0]), seed=0)))
    assert [sorted(share) for share in shares] == [[0, 1]] * 4


def test_runner_builds_it(crops):
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        loader = Runner.build_dataloader(
            dict(
                dataset=crops,
                batch_size=32,
                num_workers=0,
                drop_last=True,
                sampler=dict(
                    type='snreid_mm.ActionIdentitySampler', num_instances=4)),
            seed=11)
    assert isinstance(loader, DataLoader)
    assert isinstance(loader.sampler, ActionIdentitySampler)
    assert loader.sampler.seed == 11
    batches = [batch['inputs'] for batch in loader]
    assert len(batches) == len(loader) == len(crops) // 32
    assert all(len(batch) == 32 for batch in batches)


def test_runner_shortens_the_dataset(crops):
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        loader = Runner.build_dataloader(
            dict(
                dataset=crops,
                batch_size=8,
                num_batch_per_epoch=3,
                sampler=dict(type='snreid_mm.ActionIdentitySampler')),
            seed=0)
    assert sorted(loader.sampler) == list(range(24))
    assert len(loader) == 3


def test_seed_is_drawn_when_none(crops):
    sampler = DATA_SAMPLERS.build(
        dict(type='snreid_mm.ActionIdentitySampler', dataset=crops, seed=None))
    assert isinstance(sampler.seed, int)
    assert list(sampler) == list(sampler)


@pytest.mark.parametrize('options, message', [
    (dict(num_instances=0), 'num_instances must be a positive integer.* 0'),
    (dict(num_instances=2.0), 'num_instances must be a positive integer'),
    (dict(scope='game'), "scope must be one of 'action', 'all'.*'game'"),
    (dict(singletons='pad'), "singletons must be one of 'keep', 'drop', "),
    (dict(identities_per_action=0), 'identities_per_action must be'),
    (dict(identities_per_action=4,
          scope='all'), "identities_per_action needs scope='action'"),
    (dict(singletons='drop', num_instances=50),
     'nothing to draw.*none of the data set.*has 50 images'),
])
def test_bad_options(crops, options, message):
    with pytest.raises(ValueError, match=message):
        ActionIdentitySampler(crops, seed=0, **options)


def test_bad_columns():
    with pytest.raises(ValueError, match='type object: check'):
        ActionIdentitySampler(Crops([None, None], [0, 0]), seed=0)
    with pytest.raises(ValueError, match='0 images of a training set'):
        ActionIdentitySampler(Crops([], []), seed=0)
    crops = Crops([0, 0], [0])
    with pytest.raises(ValueError, match='of the 2 images .*returns 1 of'):
        ActionIdentitySampler(crops, seed=0)
