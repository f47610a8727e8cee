"""Trainings that are killed while they validate, and resumed."""


import pytest
import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from snreid_mm.engine import ResumeGuardHook, WholeCheckpointHook

SCORES = {1: 10., 2: 30., 3: 20., 4: 5.}


class Killed(BaseException):
    pass


class Model(BaseModel):

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, inputs, mode='tensor'):
        return dict(loss=self.weight.sum()) if mode == 'loss' else [0]


class Score(BaseMetric):
    """Its value is that of the epoch, or of the second iteration."""

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        epoch = self.epoch()
        self.validated.append(epoch)
        if epoch == self.killed_in:
            raise Killed
        return dict(score=SCORES[epoch])


@pytest.fixture
def train(tmp_path):
    """Train four epochs of two iterations; give the validated ones."""

    def train(killed_in=None, resume=False, by_epoch=True, val_interval=1,
              epochs=4):
        # MMEngine waits for two seconds where iterations run out of data.
        data = DataLoader([dict(inputs=torch.zeros(1))] *
                          (2 if by_epoch else 2 * epochs))
        score = Score()
        score.killed_in, score.validated = killed_in, []
        length = dict(max_epochs=epochs) if by_epoch else dict(
            max_iters=2 * epochs)
        runner = Runner(
            Model(),
            str(tmp_path),
            train_dataloader=data,
            val_dataloader=data,
            train_cfg=dict(
                by_epoch=by_epoch,
                val_interval=val_interval * (1 if by_epoch else 2),
                **length),
            val_cfg=dict(),
            val_evaluator=Evaluator(score),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=.1)),
            default_hooks=dict(
                checkpoint=WholeCheckpointHook(
                    interval=1 if by_epoch else 2,
                    by_epoch=by_epoch,
                    max_keep_ckpts=2,
                    save_best='score',
                    rule='greater')),
            custom_hooks=[ResumeGuardHook()],
            resume=resume,
            default_scope='mmengine',
            experiment_name=f'{tmp_path.name}-{killed_in}-{resume}')
        score.epoch = lambda: runner.epoch if by_epoch else runner.iter // 2
        if killed_in is None:
            runner.train()
        else:
            with pytest.raises(Killed):
                runner.train()
        return score.validated

    return train


def _best(folder):
    return [path.name for path in folder.glob('best_*.pth')]


@pytest.mark.parametrize('by_epoch', [True, False])
def test_the_validation_that_was_stopped_is_made_up(train, tmp_path,
                                                    by_epoch):
    assert train(killed_in=2, by_epoch=by_epoch) == [1, 2]
    assert train(resume=True, by_epoch=by_epoch) == [2, 3, 4]
    name = 'epoch_2' if by_epoch else 'iter_4'
    assert _best(tmp_path) == [f'best_score_{name}.pth']


def test_so_is_the_last_one(train, tmp_path, monkeypatch):
    monkeypatch.setitem(SCORES, 4, 90.)
    train(killed_in=4)
    assert _best(tmp_path) == ['best_score_epoch_2.pth']
    assert train(resume=True) == [4]
    assert _best(tmp_path) == ['best_score_epoch_4.pth']


def test_what_was_not_due_is_not_made_up(train):
    assert train(epochs=3, val_interval=2) == [2, 3]
    assert train(resume=True, val_interval=4) == [4]


def test_what_the_checkpoint_knows_is_not_done_twice(train, tmp_path):
    train(epochs=2)  # the second is the best, and was saved again
    assert train(resume=True) == [3, 4]
    assert _best(tmp_path) == ['best_score_epoch_2.pth']


def test_a_new_training_makes_nothing_up(train):
    assert train() == [1, 2, 3, 4]
