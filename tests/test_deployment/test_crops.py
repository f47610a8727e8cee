import numpy as np
from mmengine.config import Config
from small_networks import PIPELINE

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.deployment import evenly_spaced, split_of, whole_actions


def config(root):
    dataset = dict(
        type='snreid_mm.SoccerNetReID', data_root=str(root), pipeline=PIPELINE)
    return Config(
        dict(
            train_dataloader=dict(
                dataset=dict(
                    dataset, split='train', fraction=.5, pipeline=[])),
            test_dataloader=dict(dataset=dict(dataset, split='test'))))


def test_splits_come_as_in_a_test(tiny_pitch):
    cfg = config(tiny_pitch)
    train = split_of(cfg, 'train')
    assert len(train) == len(SoccerNetReID(str(tiny_pitch), fraction=.5))
    assert train[0]['inputs'].shape == (3, 64, 32)
    assert split_of(cfg, 'valid').split == 'valid'


def test_crops_are_spread_over_the_split(tiny_pitch):
    train = split_of(config(tiny_pitch), 'train')
    some = evenly_spaced(train, 5)
    bboxes = train.column('bbox_idx')
    assert [each['data_samples'].bbox_idx for each in some] == [
        bboxes[len(bboxes) * i // 5] for i in range(5)
    ]
    assert len(evenly_spaced(train, 10**6)) == len(train)


def test_actions_are_whole(tiny_pitch):
    test = split_of(config(tiny_pitch), 'test')
    actions = test.column('action_idx')
    assert len(set(actions)) > 1
    some = whole_actions(test, 1)
    assert set(some.column('action_idx')) == {min(actions)}
    assert len(some) == np.sum(actions == min(actions))
    assert len(whole_actions(test, 1000)) == len(test)
