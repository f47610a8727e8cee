import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from snreid_mm.models import OpenPoseParts
from snreid_mm.models.part_extractors import move_lr_mult


def config(custom_keys=None, optim_wrapper={}, **parts):
    parts = dict(type='snreid_mm.MMPosePartExtractor', **parts)
    optim_wrapper = dict(optimizer=dict(type='SGD', lr=1.), **optim_wrapper)
    if custom_keys is not None:
        optim_wrapper['paramwise_cfg'] = dict(custom_keys=custom_keys)
    return Config(
        dict(
            model=dict(type='snreid_mm.PlayerReID', part_extractor=parts),
            optim_wrapper=optim_wrapper))


class TwoStreams(nn.Module):

    def __init__(self):
        super().__init__()
        self.backbone = nn.Linear(2, 2)
        self.part_extractor = nn.Linear(2, 2)


def test_the_optimizer_gets_it():
    cfg = config(frozen=False, lr_mult=0.1)
    cfg.optim_wrapper.paramwise_cfg = dict(
        custom_keys={'backbone': dict(lr_mult=2.)})
    move_lr_mult(cfg)
    assert cfg.model.part_extractor.lr_mult is None
    model = TwoStreams()
    groups = build_optim_wrapper(model, cfg.optim_wrapper).param_groups
    rates = {id(group['params'][0]): group['lr'] for group in groups}
    assert rates[id(model.part_extractor.weight)] == pytest.approx(0.1)
    assert rates[id(model.backbone.weight)] == pytest.approx(2.)
    # A config that was moved, and written to a work folder, says the same.
    again = Config(cfg.to_dict())
    move_lr_mult(again)
    assert again.to_dict() == cfg.to_dict()


@pytest.mark.parametrize('cfg', [
    Config(dict(model=dict(type='ImageClassifier'))),
    Config(dict(model=dict(part_extractor=None))),
    config(),
    config(frozen=False),
    config(custom_keys={'backbone': dict(lr_mult=0.1)}),
    config(custom_keys={'part_extractor': dict(decay_mult=0.)}),
    config(
        frozen=False, custom_keys={'part_extractor': dict(lr_mult=0.1)}),
])
def test_nothing_to_move(cfg):
    before = cfg.to_dict()
    move_lr_mult(cfg)
    assert cfg.to_dict() == before


def test_without_an_optimizer_it_stays():
    cfg = Config(dict(model=config(frozen=False, lr_mult=0.1).model))
    move_lr_mult(cfg)
    assert cfg.model.part_extractor.lr_mult == 0.1


@pytest.mark.parametrize('cfg, message', [
    (config(lr_mult=0.1), 'part_extractor.lr_mult is 0.1, but.*frozen'),
    (config(frozen=True, lr_mult=1.), 'frozen=False'),
    (config(custom_keys={'part_extractor': dict(lr_mult=0.1)}),
     r"custom_keys\['part_extractor'\].lr_mult is 0.1, but.*frozen"),
    (config(
        frozen=False,
        lr_mult=0.1,
        custom_keys={'part_extractor.pose_estimator': dict(lr_mult=0.2)}),
     r"set twice.*\['part_extractor.pose_estimator'\]"),
    (config(
        frozen=False,
        lr_mult=0.1,
        optim_wrapper=dict(constructor='LearningRateDecayOptimWrapper')),
     "would do nothing: .*'LearningRateDecayOptimWrapper'"),
    (config(frozen=False, lr_mult=0), 'positive number.*is 0; .*frozen=True'),
    (config(frozen=False, lr_mult='1'), "positive number.*is '1'"),
])
def test_contradictions(cfg, message):
    with pytest.raises(ValueError, match=message):
        move_lr_mult(cfg)


def test_openpose_trains_its_own_layer_where_the_rest_is_frozen():
    cfg = config(custom_keys={'part_extractor.pose1': dict(lr_mult=10.)})
    cfg.model.part_extractor = dict(
        type='snreid_mm.OpenPoseParts', frozen=True)
    move_lr_mult(cfg)
    # It is not frozen by default.
    cfg.model.part_extractor = dict(type='snreid_mm.OpenPoseParts')
    cfg.optim_wrapper.paramwise_cfg.custom_keys = dict(
        part_extractor=dict(lr_mult=0.1))
    move_lr_mult(cfg)
    cfg.model.part_extractor.frozen = True
    with pytest.raises(ValueError, match='frozen'):
        move_lr_mult(cfg)


def test_training_with_a_multiplier_that_nobody_moved():
    model = OpenPoseParts(lr_mult=0.1)
    images = torch.zeros(1, 3, 16, 16)
    with pytest.raises(ValueError, match=r'move_lr_mult\(cfg\)'):
        model(images)
    with torch.no_grad():
        model.eval()(images)
