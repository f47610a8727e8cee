from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from snreid_mm.evaluation.functional import Calibration
from snreid_mm.registry import MODELS

CONFIG = '''
default_scope = 'mmpretrain'
model = dict(
    type='snreid_mm.PlayerReID',
    backbone=dict(
        type='ResNet', depth=18, stem_channels=8, base_channels=8,
        init_cfg=dict(type='Pretrained', checkpoint='not/there.pth')),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='snreid_mm.ReIDHead', num_classes=3,
        loss_cls=dict(type='LabelSmoothLoss', label_smooth_val=0.1)),
    normalize_embedding=True,
    input_size=(64, 32))
data_preprocessor = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
train_dataloader = dict(dataset=dict(data_root='data/pitch-tiny'))
test_dataloader = dict(
    dataset=dict(
        type='snreid_mm.SoccerNetReID',
        pipeline=[
            dict(type='snreid_mm.LoadCropFromFile'),
            dict(type='Resize', scale=(32, 64)),
            dict(type='PackInputs', meta_keys=('img_path', 'bbox_idx')),
        ]))
'''


@pytest.fixture(scope='session')
def tiny_model(tmp_path_factory):
    """A config and a checkpoint of a small network, and a calibration."""
    folder = tmp_path_factory.mktemp('model')
    config = folder / 'tiny-resnet_pitch.py'
    config.write_text(CONFIG)
    torch.manual_seed(0)
    cfg = Config.fromfile(config)
    cfg.model.backbone.init_cfg = None
    network = MODELS.build(cfg.model)
    with torch.no_grad():  # or all crops would be alike
        for parameter in network.neck.parameters():
            parameter.normal_()
    checkpoint = folder / 'epoch_3.pth'
    meta = dict(
        epoch=3,
        iter=30,
        dataset_meta=dict(
            dataset_name='SoccerNet-v3 ReID', split='train',
            num_identities=3))
    torch.save(dict(meta=meta, state_dict=network.state_dict()), checkpoint)
    # Near is probable, far is not.
    calibration = Calibration((-8., 0., 0., 4.), (-4., 1.), (6., 0., 0., -6.),
                              .5, .01)
    return SimpleNamespace(
        config=config, checkpoint=checkpoint, calibration=calibration)


@pytest.fixture(scope='session')
def pictures():
    """Eight pictures, no two alike, B, G, R."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (8, 6, 3, 3), dtype=np.uint8)
    return [
        cv2.resize(each, (20 + i, 48), interpolation=cv2.INTER_NEAREST)
        for i, each in enumerate(coarse)
    ]


@pytest.fixture
def folder(pictures, tmp_path):
    """The pictures as files, PNG and JPEG, some in a folder below."""
    root = tmp_path / 'crops'
    (root / 'below').mkdir(parents=True)
    for i, image in enumerate(pictures):
        where = root / 'below' if i > 5 else root
        suffix = 'jpg' if i == 2 else 'png'
        assert cv2.imwrite(str(where / f'{i}.{suffix}'), image)
    (root / 'notes.txt').write_text('no picture')
    (root / '._0.png').write_text('no picture')
    return root
