"""The converter of OSNet's published weights."""

import os
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from torch import nn

from snreid_mm.models import OSNet
from snreid_mm.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / 'tools/model_converters/osnet_to_snreid.py'
CONFIG = (
    ROOT / 'configs/baselines/osnet-x1.0_b32-60e_soccernet-10pct_256x128.py')


def publish(width=.25, num_classes=6):
    """Weights with the published names: the backbone, the fully connected
    layer, the classifier."""
    backbone = OSNet(width)
    channels = backbone.conv5.conv.out_channels
    backbone.fc = nn.Sequential(nn.Linear(channels, 512), nn.BatchNorm1d(512))
    backbone.classifier = nn.Linear(512, num_classes)
    generator = torch.Generator().manual_seed(0)
    return {
        key: torch.rand(value.shape, generator=generator)
        for key, value in backbone.state_dict().items()
        if 'num_batches' not in key
    }


@pytest.fixture
def convert(tmp_path, run_tool):

    def function(state, target='osnet.pth'):
        source = tmp_path / 'published.pth'
        torch.save(state, source)
        return run_tool(SCRIPT, source, tmp_path / target)

    return function


def model_of(width, **init_cfg):
    """The OSNet configs' model, with another width."""
    cfg = Config.fromfile(CONFIG)
    cfg.model.backbone.width = width
    cfg.model.init_cfg.update(init_cfg)
    cfg.model.input_size = (64, 32)
    cfg.model.head.num_classes = 4
    return MODELS.build(cfg.model)


@pytest.mark.parametrize('width', [1., .75, .5, .25])
def test_the_configs_model_starts_from_it(convert, tmp_path, width):
    state = publish(width)
    code, out, err = convert(state)
    assert code == 0, err
    assert out.startswith(f'OSNet of width {width}: {len(state) - 2} weights '
                          'used, 2 not used: classifier.weight, '
                          'classifier.bias.\nWritten: ')
    model = model_of(width, checkpoint=str(tmp_path / 'osnet.pth'))
    model.init_weights()
    for key, value in model.backbone.state_dict().items():
        if 'num_batches' not in key:
            assert torch.equal(value, state[key]), key
    assert torch.equal(model.neck.fc.weight, state['fc.0.weight'])
    assert torch.equal(model.neck.fc.bias, state['fc.0.bias'])
    for key in ('weight', 'bias', 'running_mean', 'running_var'):
        assert torch.equal(
            getattr(model.neck.norm, key), state[f'fc.1.{key}'])
    # The published order of layers, by hand.
    image = torch.rand(2, 3, 64, 32)
    model.eval()
    pooled = model.backbone(image)[-1].mean((2, 3))
    hidden = pooled @ state['fc.0.weight'].T + state['fc.0.bias']
    hidden = (hidden - state['fc.1.running_mean']) / (
        state['fc.1.running_var'] + 1e-5).sqrt()
    hidden = hidden * state['fc.1.weight'] + state['fc.1.bias']
    torch.testing.assert_close(model(image), hidden.relu())


def test_the_backbone_alone(convert, tmp_path):
    state = publish()
    assert convert({f'module.{k}': v.double()
                    for k, v in state.items()}, 'made/osnet.pth')[0] == 0
    path = tmp_path / 'made/osnet.pth'
    content = torch.load(path, weights_only=True)
    assert content['meta'] == dict(source='published.pth', width=.25)
    backbone = OSNet(
        .25,
        init_cfg=dict(
            type='Pretrained', checkpoint=str(path), prefix='backbone.'))
    backbone.init_weights()
    assert backbone.conv1.conv.weight.dtype == torch.float32
    assert torch.equal(backbone.conv1.conv.weight, state['conv1.conv.weight'])


def test_a_checkpoint_of_torchreid(convert, tmp_path):
    state = publish(num_classes=751)
    code, out, err = convert(dict(state_dict=state, epoch=60, rank1=.9))
    assert code == 0, err
    assert os.listdir(tmp_path) and 'width 0.25' in out


def change(key=None, value=None, without=(), width=.25):
    state = {k: v for k, v in publish(width).items() if k not in without}
    if key is not None:
        state[key] = value
    return state


@pytest.mark.parametrize('state, message', [
    (change(without=['conv2.0.conv1.bn.bias', 'fc.0.weight']),
     '2 weights are missing from it (backbone.conv2.0.conv1.bn.bias (16,), '
     'neck.fc.weight (512, 128)). Give a checkpoint of osnet_x1_0, '),
    (change('conv2.0.IN.weight', torch.rand(64)),
     '1 weight is unknown to the model (backbone.conv2.0.IN.weight (64,))'),
    (change('conv3.0.gate.fc1.weight', torch.rand(2, 24, 1, 1)),
     '1 weight is of another shape (backbone.conv3.0.gate.fc1.weight (2, 24, '
     "1, 1), the model's (1, 24, 1, 1))"),
    (change('fc.0.weight', torch.rand(256, 128)),
     "neck.fc.weight (256, 128), the model's (512, 128)"),
    (change(without=['conv1.conv.weight']),
     'missing from it (backbone.conv1.conv.weight'),
    (change('conv1.conv.weight', torch.rand(24, 3, 7, 7)),
     "backbone.conv1.conv.weight (24, 3, 7, 7), the model's (64, 3, 7, 7)"),
    (change('epoch', 3), 'unknown to the model (backbone.epoch ())'),
    ({}, 'none of its 0 weights fits'),
    ([1], 'holds a list'),
])
def test_other_files_are_refused(convert, tmp_path, state, message):
    code, _, err = convert(state)
    assert code == 1 and err.count('\n') == 1
    assert message in err
    assert os.listdir(tmp_path) == ['published.pth']


def test_the_source_is_kept(convert, tmp_path):
    code, _, err = convert(publish(), 'published.pth')
    assert code == 1 and 'is the file to read from' in err


def test_before_it_was_converted(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    model = model_of(.25)
    with pytest.raises(
            FileNotFoundError,
            match="no checkpoint 'checkpoints/osnet_x1_0.pth'.*README.md.*"
            'model.init_cfg=None'):
        model.init_weights()


def test_another_width_is_refused(convert, tmp_path):
    assert convert(publish(.5))[0] == 0
    model = model_of(.25, checkpoint=str(tmp_path / 'osnet.pth'))
    with pytest.raises(ValueError, match='of another shape'):
        model.init_weights()
