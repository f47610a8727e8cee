"""Samplers: which crops meet in a batch decides what is learned."""

from itertools import chain
from typing import Iterator, List, Optional, Tuple

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from snreid_mm.registry import DATA_SAMPLERS

_SCOPES = ('action', 'all')
_SINGLETONS = ('keep', 'drop', 'repeat')


@DATA_SAMPLERS.register_module()
class ActionIdentitySampler(Sampler):
    """Draw identities with several images each, and teammates together.

    The epoch is one row of blocks of ``num_instances`` (K) images. A full
    block shows one identity. A batch of P x K images, ``batch_size`` being a
    multiple of K, therefore holds whole blocks, and the sampler need not know
    the batch size. Batches of P identities with K images each are those of
    `In Defense of the Triplet Loss for Person Re-Identification
    <https://arxiv.org/abs/1703.07737>`_. With ``scope='action'`` the blocks of
    one action follow one another, so the players of one instant, who wear
    the same kits under the same light and are therefore the hardest
    negatives, meet in a batch.

    Every image is drawn once in an epoch, none twice. Only
    ``singletons='drop'`` leaves images out, only ``singletons='repeat'``
    draws an image again while others have not been seen, and a distributed
    run draws at most ``world_size`` x K - 1 images again, at the end of the
    last rank's share, so that all ranks take the same number of steps.

    More than half of SoccerNet's identities have one image. ``singletons``
    says what becomes of the images that fill no block: those of identities
    with one image, and the remainder when an identity's images, shuffled
    anew in each epoch, are cut into blocks of K.

    It is a ``sampler`` of MMEngine's data loader, not a ``batch_sampler``.
    The loader's own ``drop_last=True`` leaves out the last incomplete batch,
    different images in each epoch.

    Args:
        dataset (Sized): The training set. It has a method ``column(key)``
            that returns an array with one value per image, in the order of
            the dataset; ``'gt_label'`` and, with ``scope='action'``,
            ``'action_idx'`` are read.
        num_instances (int): K, the images of one identity in a block.
            Defaults to 2, because few identities have more.
        scope (str): Who follows whom. ``'action'``: the blocks of an action
            follow one another, in random order, and an identity seen in
            several actions counts as one identity in each. ``'all'``: all
            blocks in random order. Defaults to ``'action'``.
        singletons (str): What becomes of the images that fill no block.

            - ``'keep'``: they are joined into blocks of different people,
              within the action as far as possible, and serve as negatives
              (and for the classifier).
            - ``'drop'``: they are left out of this epoch. Identities with
              fewer than K images are never seen.
            - ``'repeat'``: the block is filled up with other images of the
              identity, and where there are too few, with copies.

            Defaults to ``'keep'``.
        identities_per_action (int, optional): With ``scope='action'``, how
            many blocks of an action follow one another; the others come
            elsewhere in the epoch. ``4`` with K = 2 and ``batch_size=16``
            makes batches of 2 actions x 4 players x 2 images. None keeps
            the action whole. Defaults to None.
        seed (int, optional): The seed, the same on all ranks. MMEngine's
            runner passes its own. None draws one and shares it between the
            ranks. Defaults to None.

    Raises:
        ValueError: If an option has no such value, if a label or an action
            of the dataset is not an integer, or if no image is left to draw.

    Example:
        >>> train_dataloader = dict(
        ...     batch_size=32,  # 16 blocks of 2 images
        ...     sampler=dict(
        ...         type='snreid_mm.ActionIdentitySampler', num_instances=2))
    """

    def __init__(self,
                 dataset,
                 *,
                 num_instances: int = 2,
                 scope: str = 'action',
                 singletons: str = 'keep',
                 identities_per_action: Optional[int] = None,
                 seed: Optional[int] = None) -> None:
        check_count('num_instances', num_instances)
        check_choice('scope', scope, _SCOPES)
        check_choice('singletons', singletons, _SINGLETONS)
        if identities_per_action is not None:
            check_count('identities_per_action', identities_per_action)
            if scope != 'action':
                raise ValueError(
                    'identities_per_action needs scope=\'action\', but scope '
                    f'is {scope!r}: leave one of the two out.')

        self.dataset = dataset
        self.num_instances = num_instances
        self.scope = scope
        self.singletons = singletons
        self.identities_per_action = identities_per_action
        self.rank, self.world_size = get_dist_info()
        self.seed = sync_random_seed() if seed is None else seed
        self.epoch = 0

        labels = _read_column(dataset, 'gt_label')
        actions = (
            _read_column(dataset, 'action_idx')
            if scope == 'action' else np.zeros_like(labels))
        # An identity is a label in an action. Sorted by action, the
        # identities of an action are a slice.
        pairs, self._identity_of = np.unique(
            np.stack([actions, labels], axis=1), axis=0, return_inverse=True)
        self._identity_of = self._identity_of.reshape(-1)  # (num_images,)
        self._sizes = np.bincount(
            self._identity_of, minlength=len(pairs))  # (num_identities,)
        starts = np.unique(pairs[:, 0], return_index=True)[1]
        # (num_actions, 2): the first identity of an action, one past its last
        self._actions = np.stack(
            [starts, np.append(starts[1:], len(pairs))], axis=1)

        self._num_drawn = self._count_drawn()
        if self._num_drawn == 0:
            raise ValueError(
                'ActionIdentitySampler has nothing to draw: '
                f'singletons={singletons!r}, num_instances={num_instances}, '
                f'and none of the data set\'s {len(pairs)} identities has '
                f'{num_instances} images. Use singletons=\'keep\' or fewer '
                'instances.')
        share = num_instances * self.world_size
        self._num_samples = (
            self._num_drawn if self.world_size == 1 else
            -(-self._num_drawn // share) * num_instances)

    def __len__(self) -> int:
        """Return how many images this rank draws, in every epoch."""
        return self._num_samples

    def __iter__(self) -> Iterator[int]:
        """Iterate over the indices of this rank."""
        indices = self._draw()
        total = self._num_samples * self.world_size
        # The share of a rank is a slice, so that actions stay together.
        # `np.resize` starts over where the row is too short.
        indices = np.resize(np.asarray(indices, dtype=np.int64), total)
        begin = self.rank * self._num_samples
        return iter(indices[begin:begin + self._num_samples].tolist())

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, which with the seed fixes the order.

        MMEngine's loops call it before each epoch.

        Args:
            epoch (int): The epoch, from 0.
        """
        self.epoch = epoch

    def _count_drawn(self) -> int:
        """Count the images of an epoch, over all ranks."""
        num = self.num_instances
        if self.singletons == 'drop':
            return int((self._sizes // num * num).sum())
        if self.singletons == 'repeat':
            return int((-(-self._sizes // num) * num).sum())
        return int(self._sizes.sum())

    def _draw(self) -> List[int]:
        """Draw the epoch's row of indices, the same on every rank."""
        rng = np.random.default_rng((self.seed, self.epoch))
        actions, waiting = self._cut_epoch(rng)
        portions = []
        for blocks in actions:
            size = self.identities_per_action or max(len(blocks), 1)
            portions += [
                blocks[i:i + size] for i in range(0, len(blocks), size)
            ]
        if self.identities_per_action is not None:
            portions = [portions[i] for i in rng.permutation(len(portions))]
        # Fewer than K images can still wait. Last, they break no block.
        return list(chain(*chain(*portions), waiting))

    def _cut_epoch(
            self, rng: np.random.Generator
    ) -> Tuple[List[List[List[int]]], List[int]]:
        """Cut the images into blocks of K, in random order.

        Args:
            rng (np.random.Generator): The epoch's.

        Returns:
            tuple: The blocks of each action, and fewer than K images that
            fill none.
        """
        # Images sorted by identity, in random order within each.
        order = np.lexsort(
            (rng.random(len(self._identity_of)), self._identity_of)).tolist()
        ends = np.cumsum(self._sizes).tolist()
        identities = [
            order[end - size:end]
            for end, size in zip(ends, self._sizes.tolist())
        ]

        actions = []
        waiting: List[int] = []  # images that wait for a block
        for begin, end in rng.permutation(self._actions).tolist():
            blocks, waiting = self._cut_action(
                [identities[i] for i in begin + rng.permutation(end - begin)],
                waiting)
            actions.append([blocks[i] for i in rng.permutation(len(blocks))])
        return actions, waiting

    def _cut_action(self, identities: List[List[int]],
                    waiting: List[int]) -> Tuple[List[List[int]], List[int]]:
        """Cut the images of an action into blocks of K.

        Args:
            identities (list[list[int]]): The images of each identity.
            waiting (list[int]): Images of earlier actions that fill no
                block, fewer than K.

        Returns:
            tuple: The blocks, and the images that still wait.
        """
        num = self.num_instances
        blocks, kept = [], []
        for images in identities:
            full = len(images) // num * num
            blocks += [images[i:i + num] for i in range(0, full, num)]
            rest = images[full:]
            if rest and self.singletons == 'repeat':
                # Another picture of the person is a better positive than a
                # copy, so copies come last.
                others = images[:full] + rest
                missing = num - len(rest)
                blocks.append(
                    rest + [others[i % len(others)] for i in range(missing)])
            elif self.singletons == 'keep':
                kept += rest
        # The images of other actions come last, and wait on if they can.
        kept += waiting
        full = len(kept) // num * num
        blocks += [kept[i:i + num] for i in range(0, full, num)]
        return blocks, kept[full:]


def check_count(name: str, value: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f'{name} must be a positive integer, but it is '
                         f'{value!r}.')


def check_choice(name: str, value: str, choices: Tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(
            f'{name} must be one of {", ".join(map(repr, choices))}, but it '
            f'is {value!r}.')


def _read_column(dataset, key: str) -> np.ndarray:
    """Read one integer per image from a dataset, shape (len(dataset), )."""
    # MMEngine's `num_batch_per_epoch` shortens a dataset and passes every
    # attribute on, so the column can be longer than the dataset.
    values = np.asarray(dataset.column(key))[:len(dataset)]
    if (not len(dataset) or values.shape != (len(dataset), )
            or not np.issubdtype(values.dtype, np.integer)):
        raise ValueError(
            f'{type(dataset).__name__}.column({key!r}) must return an integer '
            f'for each of the {len(dataset)} images of a training set, but '
            f'returns {len(values)} of type {values.dtype}: check the data '
            'root and the split.')
    return values
