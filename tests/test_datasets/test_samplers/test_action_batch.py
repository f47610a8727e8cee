from collections import Counter
from unittest.mock import patch

import numpy as np
import pytest
from torch.utils.data import Dataset

from snreid_mm.datasets.samplers import ActionBatchSampler
from snreid_mm.registry import DATA_SAMPLERS

INFO = 'snreid_mm.datasets.samplers.action_identity.get_dist_info'
# Three matches of two leagues; the first two are of the same teams.
GAMES = ('x/2014/2015-01-01 - 18-00 A 1 - 0 B',
         'x/2015/2016-01-01 - 18-00 B 2 - 2 A',
         'x/2015/2016-02-01 - 18-00 C 0 - 0 B',
         'y/2015/2016-02-01 - 18-00 E 0 - 0 F')


class Crops(Dataset):
    """Nothing but the columns."""

    def __init__(self, gt_label, action_idx, game, jersey):
        paths = [
            f'{GAMES[g]}/{a}/{i}.png'
            for i, (g, a) in enumerate(zip(game, action_idx))
        ]
        self.columns = dict(
            gt_label=np.array(gt_label),
            action_idx=np.array(action_idx),
            img_path=np.array(paths, object),
            role=np.array(['Player_team_left'] * len(paths), object),
            jersey=np.array(jersey, object))

    def column(self, key):
        return self.columns[key]

    def __len__(self):
        return len(self.columns['gt_label'])


def make_crops(sizes, games=4, seed=0):
    """An action for each list of sizes: the images of its identities."""
    rng = np.random.default_rng(seed)
    rows, label = [], 0
    for action, identities in enumerate(sizes):
        for size in identities:
            jersey = str(rng.choice([*range(1, 12), 'A', None]))
            rows += [(label, action * 5 + 2, action % games, jersey)] * size
            label += 1
    return Crops(*zip(*(rows[i] for i in rng.permutation(len(rows)))))


@pytest.fixture(scope='module')
def crops():
    rng = np.random.default_rng(3)
    return make_crops([
        rng.choice([1, 2, 3, 4],
                   p=[.5, .35, .1, .05],
                   size=rng.integers(2, 25)) for _ in range(40)
    ])


def batches(sampler):
    row, size = list(sampler), sampler.batch_size
    assert len(row) == len(sampler)
    assert all(type(index) is int for index in row)
    return [row[i:i + size] for i in range(0, len(row), size)]


def conflicts(crops, batch):
    """People of a batch that may be the same as one of another action."""
    seen = {}
    for i in batch:
        jersey, game = crops.columns['jersey'][i], crops.columns['img_path'][i]
        if jersey.isdigit():
            key = game.split('/')[2], jersey
            seen.setdefault(key, set()).add(crops.columns['action_idx'][i])
    return sum(len(actions) > 1 for actions in seen.values())


@pytest.mark.parametrize('singletons', ['keep', 'repeat'])
@pytest.mark.parametrize('options', [
    dict(),
    dict(levels=()),
    dict(levels=('match', 'league')),
    dict(identities_per_action=4),
    dict(identities_per_action=8, levels=()),
    dict(num_instances=4, identities_per_action=2),
])
def test_every_image_comes_in_an_epoch(crops, options, singletons):
    sampler = ActionBatchSampler(
        crops, batch_size=16, singletons=singletons, seed=1, **options)
    rows = [list(sampler)]
    assert rows[0] == list(sampler)
    sampler.set_epoch(1)
    rows.append(list(sampler))
    assert rows[0] != rows[1]
    for row in rows:
        assert set(row) == set(range(len(crops))) and len(row) == len(sampler)


def test_blocks_are_drawn_once_without_portions(crops):
    # Only singletons of an odd number make one image of an action repeat.
    repeated = Counter(list(ActionBatchSampler(crops, batch_size=32, seed=0)))
    actions = crops.column('action_idx')[[
        i for i, count in repeated.items() if count > 1
    ]]
    assert max(repeated.values()) == 2
    assert max(Counter(actions.tolist()).values()) == 1
    # Those who have two images.
    sampler = ActionBatchSampler(
        crops, batch_size=32, singletons='drop', seed=0)
    assert set(Counter(list(sampler)).values()) == {1}
    sizes = Counter(crops.column('gt_label').tolist())
    assert len(sampler) == sum(size // 2 * 2 for size in sizes.values())


def test_one_action_a_batch(crops):
    sampler = ActionBatchSampler(
        crops,
        batch_size=16,
        identities_per_action=8,
        singletons='drop',
        seed=0)
    labels, actions = crops.column('gt_label'), crops.column('action_idx')
    sizes = Counter(labels.tolist())
    for batch in batches(sampler):
        action, = set(actions[batch])
        pairs = labels[batch].reshape(8, 2)
        assert (pairs[:, 0] == pairs[:, 1]).all()
        full = {
            label
            for label in set(labels[actions == action]) if sizes[label] > 1
        }
        # Nobody comes twice while another who would do has not come.
        assert len(set(labels[batch])) >= min(len(full), 4)


@pytest.mark.parametrize('levels, same_match', [((), False),
                                                (('match', ), True)])
def test_actions_x_identities_x_images(crops, levels, same_match):
    sampler = ActionBatchSampler(
        crops, batch_size=16, identities_per_action=4, levels=levels, seed=0)
    actions = crops.column('action_idx')
    met, matches = [], []
    for batch in batches(sampler):
        halves = actions[batch].reshape(-1, 8)
        assert (halves == halves[:, :1]).all()
        met.append(len(set(halves[:, 0])))
        matches.append(len({a // 5 % 4 for a in halves[:, 0]}))
    assert np.mean(met) > 1.5
    # The last batches are made of what is left.
    assert (np.mean(matches) < 1.2) == same_match


def test_the_batch_is_filled_outwards():
    # Actions of two identities each: 2 in match 0, 1 in each of the others.
    crops = make_crops([[2, 2]] * 4 + [[2, 2]], games=4)
    actions = crops.column('action_idx')
    game = np.array([a // 5 % 4 for a in actions])
    for epoch in range(20):
        sampler = ActionBatchSampler(crops, batch_size=20, seed=0)
        sampler.set_epoch(epoch)
        row = list(sampler)
        begin = game[row[0]]
        near = [game[i] for i in row[::4]]
        order = {
            0: ([0, 0], [1], [2], [3]),  # match, teams, league, any
            1: ([1], [0, 0], [2], [3]),
            2: ([2], [0, 0, 1], [3]),
            3: ([3], [0, 0, 1, 2]),
        }[begin]
        for part in order:
            assert sorted(near[:len(part)]) == part
            near = near[len(part):]
        # Those of an action stand together, but for where a level begins.
        assert len(set(actions[row[:4]])) == 1


@pytest.mark.parametrize('portion', [None, 4])
def test_who_may_be_one_person_is_kept_apart(crops, portion):
    options = dict(batch_size=32, identities_per_action=portion, seed=0)
    met = ActionBatchSampler(crops, **options)
    apart = ActionBatchSampler(crops, keep_apart=True, **options)
    assert sum(conflicts(crops, batch) for batch in batches(met)) > 10
    assert sum(conflicts(crops, batch) for batch in batches(apart)) == 0
    assert len(apart) == len(met)
    # Hardly anyone has to stay away.
    assert len(set(apart)) > .95 * len(crops)


def test_nobody_can_be_put_beside_another():
    # One match, and in every action the number 7 alone.
    crops = make_crops([[2]] * 6, games=1)
    crops.columns['jersey'][:] = '7'
    sampler = ActionBatchSampler(crops, batch_size=4, keep_apart=True, seed=0)
    for batch in batches(sampler):
        assert len(set(crops.column('action_idx')[batch])) == 1
    # Letters and None are no numbers.
    crops.columns['jersey'][:] = ['A', 'None'] * 6
    sampler = ActionBatchSampler(
        crops, batch_size=4, levels=(), keep_apart=True, seed=0)
    assert len(set(sampler)) == 12


@pytest.mark.parametrize('world_size', [2, 3])
@pytest.mark.parametrize('options', [
    dict(keep_apart=True),
    dict(identities_per_action=4, levels=('match', )),
])
def test_ranks_share_a_batch(crops, world_size, options):
    shares = []
    for rank in range(world_size):
        with patch(INFO, return_value=(rank, world_size)):
            sampler = ActionBatchSampler(
                crops, batch_size=16, seed=2, **options)
        shares.append(batches(sampler))
    alone = batches(
        ActionBatchSampler(
            crops, batch_size=16 * world_size, seed=2, **options))
    joined = [sum(parts, []) for parts in zip(*shares)]
    assert len({len(share) for share in shares}) == 1
    # In each step the ranks have what one process would have.
    assert joined[:-1] == alone[:-1]
    assert joined[-1][:len(alone[-1])] == alone[-1]
    assert set(joined[-1]) == set(alone[-1])
    if options.get('keep_apart'):
        assert not any(conflicts(crops, batch) for batch in joined)


def test_a_config_builds_it(crops):
    sampler = DATA_SAMPLERS.build(
        dict(
            type='snreid_mm.ActionBatchSampler',
            dataset=crops,
            batch_size=8,
            seed=None))
    assert list(sampler) == list(sampler)


@pytest.mark.parametrize('options, message', [
    (dict(batch_size=0), 'batch_size must be a positive integer'),
    (dict(batch_size=9), 'batch_size=9 is no multiple of num_instances=2 x'),
    (dict(batch_size=12, identities_per_action=8), '=2 x .*_action=8: write'),
    (dict(batch_size=8, levels=('game', )), "levels must be one of .*'game'"),
    (dict(batch_size=8, singletons='drop',
          num_instances=8), 'nothing to draw'),
])
def test_bad_options(crops, options, message):
    with pytest.raises(ValueError, match=message):
        ActionBatchSampler(crops, seed=0, **options)


def test_paths_without_a_match():
    crops = make_crops([[2, 2]])
    crops.columns['img_path'][:] = '3.png'
    with pytest.raises(ValueError, match="'3.png' does not say its match"):
        ActionBatchSampler(crops, batch_size=4, seed=0)
    # Which nothing but an outer level needs.
    ActionBatchSampler(crops, batch_size=4, levels=('action', ), seed=0)
