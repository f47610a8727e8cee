from collections import defaultdict
from itertools import chain
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from snreid_mm.registry import DATA_SAMPLERS
from snreid_mm.soccernet.matches import parse_match
from .action_identity import (ActionIdentitySampler, check_choice, check_count)

_LEVELS = ('action', 'match', 'teams', 'league')


@DATA_SAMPLERS.register_module()
class ActionBatchSampler(ActionIdentitySampler):
    """Fill each batch from an action, then from what is near to it.

    A batch begins with an identity and takes the others of its action, then
    of the same match, of matches of the same two teams, and of the same
    league, as in `SportsReID <https://arxiv.org/abs/2206.02373>`_, then any.
    With ``identities_per_action`` it consists of portions instead, each of so
    many blocks of one action: ``batch_size=16, identities_per_action=8``
    makes batches of one action, 8 identities x 2 images;
    ``identities_per_action=4, levels=()`` of two random actions,
    ``levels=('match', )`` of two of one match. Where an action cannot fill a
    portion it repeats blocks, the more the larger the portions are.

    Blocks hold K images of one identity, as in
    :class:`ActionIdentitySampler`. With ``singletons='keep'`` the images that
    fill no block make blocks of different people, here always of one action:
    up to K - 1 of its images are repeated.

    In a distributed run the batches that the ranks draw in one step are
    filled as one batch, world_size times as large.

    Args:
        dataset (Sized): See :class:`ActionIdentitySampler`. Levels beyond
            the action read the column ``'img_path'``, and ``keep_apart``
            ``'role'`` and ``'jersey'`` too.
        batch_size (int): That of the data loader.
        num_instances (int): K. Defaults to 2.
        singletons (str): See :class:`ActionIdentitySampler`. Defaults to
            ``'keep'``.
        identities_per_action (int, optional): The blocks of a portion. None
            makes no portions, and repeats no block. Defaults to None.
        levels (Sequence[str]): From where a batch is filled, in this order,
            of ``'action'``, ``'match'``, ``'teams'`` and ``'league'``.
            Defaults to all four.
        keep_apart (bool): Whether two identities that may be one person, of
            the same match, class and jersey number in different actions,
            never meet in a batch, where they would be negatives. Where an
            epoch ends with such people alone, batches repeat some of their
            images, and leave others out. Defaults to False.
        seed (int, optional): See :class:`ActionIdentitySampler`. Defaults to
            None.

    Raises:
        ValueError: If an option has no such value, the batch is not made of
            whole portions, or a path does not say its match.
    """

    def __init__(self,
                 dataset,
                 *,
                 batch_size: int,
                 num_instances: int = 2,
                 singletons: str = 'keep',
                 identities_per_action: Optional[int] = None,
                 levels: Sequence[str] = _LEVELS,
                 keep_apart: bool = False,
                 seed: Optional[int] = None) -> None:
        check_count('batch_size', batch_size)
        for level in levels:
            check_choice('levels', level, _LEVELS)
        super().__init__(
            dataset,
            num_instances=num_instances,
            singletons=singletons,
            identities_per_action=identities_per_action,
            seed=seed)
        self.batch_size = batch_size
        self.levels = tuple(levels)
        self.keep_apart = keep_apart
        self._unit_size = num_instances * (identities_per_action or 1)
        if batch_size % self._unit_size:
            raise ValueError(
                f'batch_size={batch_size} is no multiple of num_instances='
                f'{num_instances} x identities_per_action='
                f'{identities_per_action or 1}: write a multiple.')
        self._read_matches()

    def _read_matches(self) -> None:
        """Read what is near to what, and who may be one person."""
        # An image of each identity.
        images = np.unique(self._identity_of, return_index=True)[1].tolist()
        begins, ends = self._actions.T
        # (num_identities, )
        self._action_of = np.repeat(np.arange(len(begins)), ends - begins)
        matches = [None] * len(images)
        if self.keep_apart or set(self.levels) - {'action'}:
            paths = self.dataset.column('img_path')
            matches = [parse_match(paths[image]) for image in images]
        # What the neighbours of each action on each level have in common.
        self._keys = [[
            i if level == 'action' else getattr(matches[begin], level)
            for i, begin in enumerate(begins)
        ] for level in self.levels]
        # Who each identity may be, None where nothing says so: a letter
        # stands for a number that is not seen in the action.
        self._person_of: List[Optional[tuple]] = [None] * len(images)
        if self.keep_apart:
            roles, jerseys = map(self.dataset.column, ('role', 'jersey'))
            self._person_of = [
                (match, roles[image],
                 jerseys[image]) if str(jerseys[image]).isdigit() else None
                for match, image in zip(matches, images)
            ]

    def __iter__(self) -> Iterator[int]:
        """Iterate over the indices of this rank."""
        row = self._draw()
        step = self.batch_size * self.world_size
        for begin in range(0, len(row), step):
            batch = row[begin:begin + step]
            share = -(-len(batch) // (self.num_instances * self.world_size))
            share *= self.num_instances
            # The last can be short; it starts over to give each rank as many.
            batch = np.resize(batch, share * self.world_size).tolist()
            yield from batch[self.rank * share:(self.rank + 1) * share]

    def _count_drawn(self) -> int:
        """Count the images of an epoch, the same in each, over all ranks."""
        num = self.identities_per_action or 1
        actions = self._cut_epoch(np.random.default_rng(0))[0]
        return sum(-(-len(blocks) // num)
                   for blocks in actions) * num * self.num_instances

    def _cut_action(self, identities: List[List[int]],
                    waiting: List[int]) -> Tuple[List[List[int]], List[int]]:
        """Cut the images of an action into blocks of K, so that none waits."""
        blocks, rest = super()._cut_action(identities, [])
        if rest:
            others = list(chain(*blocks)) or rest
            missing = self.num_instances - len(rest)
            blocks.append(rest + np.resize(others, missing).tolist())
        return blocks, []

    def _draw(self) -> List[int]:
        """Draw the epoch's row of indices, the same on every rank."""
        rng = np.random.default_rng((self.seed, self.epoch))
        num = self.identities_per_action or 1
        units = []
        for blocks in self._cut_epoch(rng)[0]:
            for i in range(0, len(blocks), num):
                # What is missing comes from the action's earlier portions.
                portion = blocks[i:i + num]
                again = np.resize(
                    np.array(blocks[:i] or portion), (num, self.num_instances))
                units.append(
                    list(chain(*portion, *again.tolist()))[:self._unit_size])
        if 'action' not in self.levels:
            units = [units[i] for i in rng.permutation(len(units))]
        return [image for i in self._fill(units) for image in units[i]]

    def _fill(self, units: List[List[int]]) -> List[int]:
        """Order the units, blocks or portions, so that batches are filled."""
        actions = [self._action_of[self._identity_of[u[0]]] for u in units]
        people = [{self._person_of[i]
                   for i in self._identity_of[unit]} - {None}
                  for unit in units]
        # Each unit is in the stack of all and in one of each level, and taken
        # from one of them.
        everyone = list(range(len(units)))[::-1]
        stacks: Dict[tuple, List[int]] = defaultdict(list)
        for unit in everyone:
            for level, keys in enumerate(self._keys):
                stacks[level, keys[actions[unit]]].append(unit)
        taken = [False] * len(units)

        def take(stack, batch, size):
            present = {p: actions[u] for u in batch for p in people[u]}
            aside = []
            while stack and len(batch) < size:
                unit = stack.pop()
                if taken[unit]:
                    continue
                mine = dict.fromkeys(people[unit], actions[unit])
                if {**mine, **present} != {**present, **mine}:
                    aside.append(unit)
                    continue
                taken[unit] = True
                present.update(mine)
                batch.append(unit)
            stack += aside[::-1]

        row: List[int] = []
        full = self.batch_size * self.world_size // self._unit_size
        while len(row) < len(units):
            size = min(full, len(units) - len(row))
            batch: List[int] = []
            take(everyone, batch, 1)
            near = [(level, keys[actions[batch[0]]])
                    for level, keys in enumerate(self._keys)]
            for stack in [*map(stacks.__getitem__, near), everyone]:
                take(stack, batch, size)
            # Shorter only if who is left may be in it already.
            row += np.resize(batch, size).tolist()
        return row
