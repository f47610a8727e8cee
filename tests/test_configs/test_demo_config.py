from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from snreid_mm.registry import MODELS

FAMILY = Path(__file__).parents[2] / 'configs/demo'
REID = dict(
    sorted([('resnet18-fc128_b64-12e_pitch-demo_128x64', 128),
            ('two-stream-resnet18_b64-9e_pitch-demo_128x64', 256)]))
POSE = 'td-hm_resnet18_b32-4e_pitch-demo_128x64'


def load(name):
    return Config.fromfile(FAMILY / f'{name}.py')


def test_these_are_all():
    assert {path.stem for path in FAMILY.glob('*.py')} == {*REID, POSE}


@pytest.mark.parametrize('name', REID)
def test_model(name):
    cfg = load(name)
    # It trains from random weights: nothing is downloaded.
    assert cfg.model.backbone.init_cfg is None
    model = MODELS.build(
        dict(cfg.model, data_preprocessor=cfg.data_preprocessor)).eval()
    assert model.embedding_dim == REID[name]
    height, width = cfg.model.input_size
    with torch.no_grad():
        embedding = model(torch.rand(2, 3, height, width))
    assert embedding.shape == (2, REID[name])
    # The images are of the size that the model is built for.
    for loader in ('train', 'val', 'test'):
        dataset = cfg[f'{loader}_dataloader'].dataset
        resize, = (step for step in dataset.pipeline if step.type == 'Resize')
        assert tuple(resize.scale) == (width, height) == (64, 128)
        assert dataset.data_root == 'data/pitch-demo'


def test_part_stream_starts_from_the_demo_pose_estimator():
    pose = load(POSE)
    cfg = load('two-stream-resnet18_b64-9e_pitch-demo_128x64')
    parts = cfg.model.part_extractor
    assert parts.checkpoint == (
        f'work_dirs/{POSE}/epoch_{pose.train_cfg.max_epochs}.pth')
    assert parts.pose_estimator == pose.model
    for loader in ('train', 'val', 'test'):
        dataset = pose[f'{loader}_dataloader'].dataset
        assert dataset.data_root == 'data/pitch-demo'
