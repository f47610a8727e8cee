from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from snreid_mm.registry import MODELS
from snreid_mm.results.quick import forget_weights

ROOT = Path(__file__).parents[2]
FAMILY = ROOT / 'configs/ablation'
STEPS = ('appearance-only', 'two-stream-concat', 'two-stream-bilinear',
         'two-stream-compact', 'two-stream-layers')
# Beside the ladder.
PLAIN_LAYERS = 'appearance-layers'
CONTROLS = ('two-stream-stripes', 'two-stream-mean-map', 'pose-only',
            'appearance-from-pose')
# A control that has another pose estimator's weights.
OTHER_WEIGHTS = 'two-stream-pose-20pct'
ALL = (*STEPS, PLAIN_LAYERS, *CONTROLS, OTHER_WEIGHTS)
# The share of the training crops that re-identification has.
PART = 0.2
SUFFIX = 'b32-3e_pitch-broadcast_96x48'


def load(step):
    return Config.fromfile(FAMILY / f'{step}_{SUFFIX}.py')


def test_these_are_all():
    assert {path.stem
            for path in FAMILY.glob('*.py')
            } == {f'{step}_{SUFFIX}'
                  for step in ALL}


@pytest.mark.parametrize('step', ALL)
def test_model(step):
    cfg = load(step)
    forget_weights(cfg)
    cfg.model.head.num_classes = 7
    model = MODELS.build(
        dict(cfg.model, data_preprocessor=cfg.data_preprocessor)).eval()
    with torch.no_grad():
        embedding = model(torch.rand(2, 3, 96, 48))
    # All steps are ranked by, and learn from, vectors of one length.
    assert embedding.shape == (2, 256)
    assert torch.allclose(embedding.norm(dim=1), torch.ones(2))
    assert model.head.classifier.in_features == 256


def test_each_step_changes_its_part_alone():
    cfgs = [load(step) for step in STEPS]
    rest = [{k: v
             for k, v in cfg.to_dict().items() if k != 'model'}
            for cfg in cfgs]
    assert all(each == rest[0] for each in rest)

    def changed(a, b):
        return {
            key
            for key in {*a.model, *b.model}
            if a.model.get(key) != b.model.get(key)
        }

    steps = [changed(a, b) for a, b in zip(cfgs, cfgs[1:])]
    assert steps == [{'part_extractor', 'neck'}, {'neck'}, {'neck'},
                     {'backbone', 'head', 'taps'}]
    # The layer that makes the embedding is one and the same.
    assert len({str(cfg.model.neck[-1]) for cfg in cfgs}) == 1
    # Layer similarity taps a stage; the backbone stays what it is.
    assert changed(cfgs[3], cfgs[4]) == {'backbone', 'head', 'taps'}
    cfgs[4].model.backbone.out_indices = cfgs[3].model.backbone.out_indices
    assert cfgs[4].model.backbone == cfgs[3].model.backbone


def test_layer_similarity_on_a_plain_resnet():
    plain, layers, two_stream = (
        load(step).to_dict()
        for step in ('appearance-only', PLAIN_LAYERS, 'two-stream-layers'))
    for key in ('backbone', 'head', 'taps'):
        assert layers['model'][key] == two_stream['model'][key]
        plain['model'][key] = layers['model'][key]
    assert plain == layers


@pytest.mark.parametrize('step', ('two-stream-compact', OTHER_WEIGHTS))
def test_parts_start_from_a_pose_estimator_of_configs_pose(step):
    parts = load(step).model.part_extractor
    folder = Path(parts.checkpoint).parent
    pose = Config.fromfile(ROOT / f'configs/pose/{folder.name}.py')
    assert parts.checkpoint == (
        f'work_dirs/{folder.name}/epoch_{pose.train_cfg.max_epochs}.pth')
    assert parts.pose_estimator == pose.model


def test_the_other_pose_estimator_has_as_many_steps_on_fewer_crops():
    compact, other = (
        load(step).to_dict()
        for step in ('two-stream-compact', OTHER_WEIGHTS))
    names = [
        Path(each['model']['part_extractor'].pop('checkpoint')).parent.name
        for each in (compact, other)
    ]
    assert compact == other
    whole, part = (
        Config.fromfile(ROOT / f'configs/pose/{name}.py') for name in names)
    assert (part.train_cfg.max_epochs * PART == whole.train_cfg.max_epochs)
    assert part.train_dataloader.dataset.pop('indices') > 0
    assert part.train_dataloader == whole.train_dataloader


def test_controls_change_what_they_are_for_alone():
    compact, alone = load('two-stream-compact'), load('appearance-only')
    of = dict(
        zip(CONTROLS, (compact, compact, compact, alone)))
    keys = dict(
        zip(CONTROLS, ({'part_extractor'}, {'part_extractor'},
                       {'backbone', 'part_extractor', 'neck'}, {'backbone'})))
    for name in CONTROLS:
        old, new = of[name].to_dict(), load(name).to_dict()
        for key in keys[name]:
            assert old['model'][key] != new['model'][key]
            old['model'][key] = new['model'][key]
        assert old == new
    # The pose alone is the part stream of the others.
    pose = dict(compact.model.part_extractor)
    assert dict(load('pose-only').model.backbone) == pose
    # The stages that start from the pose network are its stages.
    start = load('appearance-from-pose').model.backbone
    assert start.pop('init_cfg').checkpoint == pose['checkpoint']
    stages = MODELS.build(dict(start, init_cfg=None)).state_dict()
    other = MODELS.build(pose['pose_estimator']).backbone.state_dict()
    assert {k: v.shape for k, v in stages.items()}.items() <= {
        k: v.shape for k, v in other.items()}.items()
