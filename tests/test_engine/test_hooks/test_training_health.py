"""Small networks that are driven into collapse."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from torch import nn
from torch.utils.data import DataLoader

from snreid_mm.engine import TrainingHealthHook
from snreid_mm.evaluation import ActionRetrievalMetric
from snreid_mm.models import BatchHardTripletLoss

STEPS = 80


class Model(BaseModel):
    """A small network with batch norm, or without, and a triplet loss."""

    def __init__(self, norm=True):
        super().__init__()
        torch.manual_seed(0)
        self.backbone = nn.Sequential(
            nn.Linear(256, 16), nn.BatchNorm1d(16) if norm else nn.ReLU())
        self.neck = nn.Linear(16, 8)
        self.loss = BatchHardTripletLoss()

    def forward(self, inputs, data_samples, mode='tensor'):
        embeddings = self.neck(self.backbone(torch.stack(inputs)))
        if mode == 'loss':
            labels = torch.cat([each.gt_label for each in data_samples])
            return dict(loss=self.loss(embeddings, labels))
        for sample in data_samples:  # the same for every image
            sample.set_field(torch.ones(3), 'embedding')
        return [each.to_dict() for each in data_samples]


def make_batches(is_learnable):
    """Batches of two pictures of eight people, who differ or do not."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(16) // 2
    samples = [DataSample().set_gt_label(int(label)) for label in labels]
    batches = []
    for _ in range(STEPS):
        images = torch.randn(16, 16, generator=generator)
        if is_learnable:
            images = 3 * torch.eye(16)[labels] + .1 * images
        images = nn.functional.pad(images + 1, (0, 240))  # empty pixels
        batches.append(dict(inputs=list(images), data_samples=samples))
    return batches


def make_queries():
    """Ten queries of one action and ten gallery crops, of ten people."""
    samples = []
    for i in range(20):
        sample = DataSample()
        sample.set_field('query' if i < 10 else 'gallery', 'subset',
                         field_type='metainfo')
        for key, value in dict(bbox_idx=i % 10, action_idx=0,
                               person_uid=i % 10).items():
            sample.set_field(value, key, field_type='metainfo')
        samples.append(sample)
    return samples


@pytest.fixture
def train(tmp_path):

    def train(is_learnable=True, norm=True, lr=.003, weight_decay=0.,
              val=False, **options):
        crops = DataLoader(
            make_queries(), batch_size=20, collate_fn=lambda samples: dict(
                inputs=[torch.zeros(256)] * 20, data_samples=samples))
        runner = Runner(
            Model(norm),
            str(tmp_path),
            train_dataloader=DataLoader(
                make_batches(is_learnable), collate_fn=lambda batch: batch[0]),
            train_cfg=dict(by_epoch=True, max_epochs=1),
            val_dataloader=crops if val else None,
            val_cfg=dict() if val else None,
            val_evaluator=Evaluator(ActionRetrievalMetric()) if val else None,
            optim_wrapper=dict(
                optimizer=dict(
                    type='Adam', lr=lr, weight_decay=weight_decay)),
            default_hooks=dict(logger=dict(type='LoggerHook', interval=10)),
            custom_hooks=[TrainingHealthHook(interval=5, **options)],
            visualizer=dict(
                type='Visualizer',
                vis_backends=[dict(type='LocalVisBackend')],
                name=f'{tmp_path.name}-{len(list(tmp_path.iterdir()))}'),
            default_scope='mmengine',
            experiment_name=f'{tmp_path.name}-{id(options)}')
        said = []
        handler = logging.Handler()
        handler.emit = lambda record: said.append(record.getMessage())
        handler.setLevel(logging.WARNING)
        runner.logger.addHandler(handler)
        runner.train()
        return runner, [line for line in said if 'At step' in line
                        or 'The validation' in line]

    return train


def test_a_training_that_learns_is_left_alone(train, tmp_path):
    runner, said = train()
    assert said == []
    scalars = runner.message_hub.log_scalars
    assert scalars['train/health/spread'].current() > .5
    assert scalars['train/health/hard_triplets'].current() == 0
    assert 0 <= scalars['train/health/dead_weights'].current() < .1
    assert scalars['train/health/norm_scale'].current() > .5
    # The logger prints the looks, and keeps them for plots.
    log = next(tmp_path.rglob('*.log')).read_text()
    assert log.count('health/spread: ') == STEPS / 10
    assert 'health/dead_weights' in next(
        tmp_path.rglob('scalars.json')).read_text()
    assert not runner.model.neck._forward_hooks


# People who cannot be told apart, and no batch norm: batch-hard triplets
# cost least, the margin, where all embeddings are one point.
COLLAPSE = dict(is_learnable=False, norm=False, lr=.03)


def test_collapsed_embeddings_are_said_once(train):
    runner, said = train(**COLLAPSE)
    assert len(said) == 1
    assert 'the embeddings have collapsed: two images of a batch' in said[0]
    scalars = runner.message_hub.log_scalars
    assert scalars['train/health/spread'].current() < .02
    assert scalars['train/health/hard_triplets'].current() == 1
    assert scalars['train/loss'].current() == pytest.approx(.3, abs=.01)


def test_a_finding_can_stop_the_training(train):
    with pytest.raises(ValueError, match=r'^At step \d+ the embeddings have'):
        train(**COLLAPSE, stop=True)


def test_weights_that_died_are_said(train):
    # Every triplet is met, so that Adam sees nothing but a tiny decay.
    runner, said = train(weight_decay=5e-4)
    assert len(said) == 1
    assert 'weights of convolutions and linear layers have died' in said[0]
    assert 'AdamW' in said[0]
    scalars = runner.message_hub.log_scalars
    assert scalars['train/loss'].current() == 0
    assert scalars['train/health/dead_weights'].current() > .9
    assert train(weight_decay=5e-4, max_dead=1.)[1] == []


def test_a_validation_at_chance_is_said(train):
    # Ten gallery crops, one match each: (1 + 1/2 + ... + 1/10) / 10.
    runner, said = train(val=True, min_above_chance=15.)
    assert len(said) == 1
    assert said[0].startswith('The validation after step 80 is at chance: '
                              'reid/mAP is ')
    assert 'every image has 29.29' in said[0]
    scalars = runner.message_hub.log_scalars
    above = scalars['val/health/above_chance'].current()
    assert above == pytest.approx(
        scalars['val/reid/mAP'].current() - 29.2897, abs=1e-3)
    assert train(val=True, min_above_chance=-100.)[1] == []


def test_other_models_and_batches_have_no_embedding():
    hook = TrainingHealthHook(interval=1)
    runner = SimpleNamespace(iter=0, model=nn.Conv2d(3, 3, 3))
    hook.before_train(runner)
    assert set(hook._measure(runner, None)) == {'dead_weights'}
    model = runner.model
    model.backbone = nn.Conv2d(3, 3, 3)
    hook.before_train(runner)
    model.backbone(torch.zeros(1, 3, 8, 8))  # a map
    assert set(hook._measure(runner, None)) == {'dead_weights'}
    hook.after_train(runner)
    model.neck = nn.Linear(3, 3)
    hook.before_train(runner)
    model.neck(torch.eye(3))
    assert set(hook._measure(runner, dict(inputs=[]))) == {
        'dead_weights', 'spread'
    }
    # What the validation embedded is not the step's.
    model.neck.eval()(torch.eye(3))
    assert set(hook._measure(runner, None)) == {'dead_weights'}


@pytest.mark.parametrize('name', ['interval', 'patience'])
def test_numbers_below_one_are_refused(name):
    with pytest.raises(ValueError, match=f'{name}.*at least 1'):
        TrainingHealthHook(**{name: 0})
