import copy
import random

import numpy as np
import pytest
import torch
from mmengine.dataset import BaseDataset, ConcatDataset, DefaultSampler
from mmengine.hooks import DistSamplerSeedHook, EMAHook, Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmengine.runner.loops import _InfiniteDataloaderIterator
from torch import nn
from torch.utils.data import DataLoader

from snreid_mm.engine import RandomStatesHook, WholeCheckpointHook
from snreid_mm.engine.hooks.random_states import seed_all
from snreid_mm.utils.safe_load import read_checkpoint


class Killed(BaseException):
    pass


class Noise:
    """An augmentation that draws from everything."""

    def __call__(self, results):
        drawn = [random.random(), np.random.rand(), torch.rand(()).item()]
        return dict(inputs=torch.tensor(drawn) + results['sample_idx'])


class Data(BaseDataset):

    def load_data_list(self):
        return [{} for _ in range(self.metainfo['length'])]


class Model(BaseModel):

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Dropout(), nn.Linear(3, 1))

    def forward(self, inputs, mode='loss'):
        return dict(loss=self.layers(inputs).mean())


class Kill(Hook):

    def __init__(self, at):
        self.at = at

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.at:
            raise Killed


@pytest.fixture
def train(tmp_path, monkeypatch):
    # How many seconds torch waits for a worker to end, twice a training.
    monkeypatch.setattr(torch.utils.data._utils, 'MP_STATUS_CHECK_INTERVAL',
                        .1)
    numbers = iter(range(100))

    def train(name, kill_at=None, by_epoch=True, workers=2, persistent=True,
              seed=0, hook=True):
        """Train 12 batches, in 3 epochs or in one that is none; return the
        weights and the EMA's."""
        number = next(numbers)
        torch.manual_seed(0)
        # MMEngine waits for two seconds where iterations run out of data.
        data = Data(
            metainfo=dict(length=8 if by_epoch else 24), pipeline=[Noise()])
        length = dict(max_epochs=3) if by_epoch else dict(max_iters=12)
        runner = Runner(
            Model(),
            str(tmp_path / name),
            train_dataloader=dict(
                dataset=data,
                batch_size=2,
                collate_fn=dict(type='default_collate'),
                sampler=dict(type='DefaultSampler', shuffle=True),
                num_workers=workers,
                persistent_workers=persistent and workers > 0),
            train_cfg=dict(by_epoch=by_epoch, **length),
            optim_wrapper=dict(optimizer=dict(type='Adam', lr=.1)),
            default_hooks=dict(
                sampler_seed=DistSamplerSeedHook(),
                checkpoint=WholeCheckpointHook(
                    interval=1 if by_epoch else 4, by_epoch=by_epoch)),
            custom_hooks=[EMAHook(), Kill(kill_at)] +
            [RandomStatesHook()] * hook,
            randomness=dict(seed=seed),
            resume=True,
            default_scope='mmengine',
            experiment_name=f'{tmp_path.name}-{number}')
        if kill_at is None:
            runner.train()
            last = 'epoch_3' if by_epoch else 'iter_12'
            path = tmp_path / name / f'{last}.pth'
            checkpoint = read_checkpoint(str(path))
            return {
                f'{part}.{key}': value
                for part in ('state_dict', 'ema_state_dict')
                for key, value in checkpoint[part].items()
            }
        with pytest.raises(Killed):
            runner.train()

    return train


def _equal(one, two):
    return all(torch.equal(one[key], two[key]) for key in {**one, **two})


@pytest.mark.parametrize(('by_epoch', 'workers', 'persistent'), [
    (True, 0, False),
    (True, 2, False),
    (True, 2, True),
    pytest.param(
        False,
        0,
        False,
        marks=pytest.mark.skipif(
            hasattr(_InfiniteDataloaderIterator, 'skip_iter'),
            reason='this fork of MMEngine does not load again what a resumed '
            'training has seen')),
    (False, 2, True),
])
def test_a_resumed_training_equals_one_that_was_not_interrupted(
        train, by_epoch, workers, persistent):
    kind = dict(by_epoch=by_epoch, workers=workers, persistent=persistent)
    whole = train('whole', **kind)
    train('killed', kill_at=6, **kind)
    assert _equal(train('killed', **kind), whole)


def test_without_the_hook_it_does_not(train):
    # When MMEngine does that itself, the hook can go.
    train('killed', kill_at=6, hook=False)
    assert not _equal(train('killed', hook=False), train('whole', hook=False))


def test_another_seed_is_another_training(train):
    assert not _equal(train('a'), train('b', seed=1))


def test_every_sample_and_epoch_draws_its_own(train, monkeypatch):
    drawn = []
    forward = Model.forward
    monkeypatch.setattr(
        Model, 'forward', lambda self, inputs, mode: drawn.extend(
            (inputs % 1).tolist()) or forward(self, inputs, mode))
    train('a')
    assert len(np.unique(np.round(drawn, 4), axis=0)) == 24


@pytest.mark.usefixtures('train')  # for its short waits
def test_wrapped_datasets_are_seeded_once_a_sample(tmp_path):
    data = Data(metainfo=dict(length=4), pipeline=[Noise()])
    other = copy.deepcopy(data)
    dataset = ConcatDataset([data, other])
    loader = DataLoader(
        dataset, batch_size=2, sampler=DefaultSampler(dataset))
    Runner(
        Model(),
        str(tmp_path),
        train_dataloader=loader,
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=.1)),
        custom_hooks=[RandomStatesHook()],
        default_scope='mmengine',
        experiment_name=tmp_path.name).train()
    for each in (data, other):
        kinds = [type(step).__name__ for step in each.pipeline.transforms]
        assert kinds == ['SeedSample', 'Noise']


def test_a_key_gives_one_state():
    def draw(*key):
        seed_all(*key)
        return random.random(), np.random.rand(), torch.rand(()).item()

    assert draw(1, 2, 3) == draw(1, 2, 3)
    assert len({draw(*key) for key in ((1, 2), (2, 1), (0, 1, 2))}) == 3
