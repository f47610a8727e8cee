import copy
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset

from snreid_mm.engine.hooks.class_count import (ClassCountHook,
                                                count_identities)
from snreid_mm.models import ReIDHead


class Crops(Dataset):
    """Two images of each of five persons."""

    num_identities = 5

    def __len__(self):
        return 10

    def __getitem__(self, index):
        vector = torch.eye(10)[index]
        return vector, index // 2


class Model(BaseModel):

    def __init__(self, **head):
        super().__init__()
        head = dict(dict(loss_triplet=None), **head)
        self.head = ReIDHead(in_channels=10, **head)

    def forward(self, inputs, labels, mode='loss'):
        return self.head.loss_by_feat(inputs, labels)


def train(folder, **head):
    torch.manual_seed(0)
    runner = Runner(
        model=Model(**head),
        work_dir=str(folder),
        train_dataloader=DataLoader(Crops(), batch_size=10),
        train_cfg=dict(by_epoch=True, max_epochs=3),
        optim_wrapper=dict(optimizer=dict(type='Adam', lr=.1)),
        custom_hooks=[dict(type='snreid_mm.ClassCountHook')],
        default_scope='mmpretrain',
        randomness=dict(seed=0),
        experiment_name=f'{folder.parent.name}_{folder.name}')
    before = list(runner.model.parameters())
    runner.train()
    assert all(one is two
               for one, two in zip(before, runner.model.parameters()))
    return runner.model.head


def test_the_classifier_gets_its_size_and_is_trained(tmp_path):
    head = Model().head
    assert head.classifier.weight.shape == (0, 10) and head.lacks_classes
    head = train(tmp_path / 'counted')
    assert head.classifier.weight.shape == (5, 10) and not head.lacks_classes
    scores = head((torch.eye(10), ))
    assert (scores.argmax(1) == torch.arange(10) // 2).all()


def test_a_written_number_is_left_alone(tmp_path):
    head = train(tmp_path / 'written', num_classes=8)
    assert head.classifier.weight.shape == (8, 10)


def test_a_head_without_classifier_is_left_alone():
    model = Model(
        loss_cls=None, loss_triplet=dict(type='snreid_mm.BatchHardTripletLoss'))
    model.weight = torch.nn.Parameter(torch.zeros(1))
    cfg = Config(dict(model=dict(head=dict(loss_cls=None))))
    before = copy.deepcopy(cfg.to_dict())
    # The number of identities is not even asked for.
    ClassCountHook().before_run(
        SimpleNamespace(
            model=model,
            cfg=cfg,
            optim_wrapper=OptimWrapper(
                torch.optim.SGD(model.parameters(), lr=.1)),
            train_dataloader=SimpleNamespace(dataset=object())))
    assert model.head.classifier is model.head.num_classes is None
    assert cfg.to_dict() == before


def test_wrapped_and_joined_data_sets():
    assert count_identities(Subset(Crops(), [0, 1])) == 5
    with pytest.raises(ValueError, match='ConcatDataset has no num_ident'):
        count_identities(ConcatDataset([Crops(), Crops()]))


def test_a_head_without_a_size_can_be_copied_and_saved():
    head = copy.deepcopy(ReIDHead(in_channels=3))
    assert head.state_dict()['classifier.weight'].shape == (0, 3)
    assert head((torch.zeros(2, 3), )) is None
