"""The converter of SportsReID's published models."""

import os
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmpretrain.models.backbones import ResNet
from torch import nn
from torchvision.models.vision_transformer import VisionTransformer

from snreid_mm.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / 'tools/model_converters/sportsreid_to_snreid.py'
ARCH = dict(
    embed_dims=64, num_layers=2, num_heads=1, feedforward_channels=96)


class Published(nn.Module):
    """SportsReID's model around a network: a linear layer, batch norm."""

    def __init__(self, network, width):
        super().__init__()
        self.model = network
        self.fc = nn.Sequential(nn.Linear(width, 16), nn.BatchNorm1d(16))
        self.classifier = nn.Linear(16, 5)

    def forward(self, images):
        return self.fc(self.model(images))


def shaken(module):
    torch.manual_seed(0)
    with torch.no_grad():
        for value in [*module.parameters(), *module.buffers()]:
            if value.is_floating_point():
                value.uniform_(.1, .3)
    module.train(False)  # some return None
    return module


def vit():
    network = VisionTransformer(32, 16, 2, 1, 64, 96)
    network.heads = nn.Identity()
    return shaken(Published(network, 64))


def deit_names(is_third):
    """The names of facebookresearch/deit, on small weights."""
    def weights(name, *shape):
        return {f'{name}.weight': torch.rand(*shape),
                f'{name}.bias': torch.rand(shape[0])}

    torch.manual_seed(0)
    state = {
        'model.cls_token': torch.rand(1, 1, 64),
        'model.pos_embed': torch.rand(1, 4 if is_third else 5, 64),
        **weights('model.patch_embed.proj', 64, 3, 16, 16),
        **weights('model.norm', 64),
        **weights('fc.0', 16, 64),
        **weights('fc.1', 16),
        'fc.1.running_mean': torch.rand(16),
        'fc.1.running_var': torch.rand(16),
        **weights('classifier', 5, 16),
    }
    for i in range(2):
        block = f'model.blocks.{i}'
        for name, shape in (('norm1', (64, )), ('norm2', (64, )),
                            ('attn.qkv', (192, 64)), ('attn.proj', (64, 64)),
                            ('mlp.fc1', (96, 64)), ('mlp.fc2', (64, 96))):
            state.update(weights(f'{block}.{name}', *shape))
        if is_third:
            state[f'{block}.gamma_1'] = torch.rand(64)
            state[f'{block}.gamma_2'] = torch.rand(64)
    return state


def resnet():
    network = shaken(
        ResNet(50, stem_channels=4, base_channels=4, strides=(1, 2, 2, 1)))
    fc = shaken(nn.Sequential(nn.Linear(128, 16), nn.BatchNorm1d(16)))
    return {
        **network.state_dict(),
        **{f'fc.{key}': value for key, value in fc.state_dict().items()},
        'classifier.weight': torch.rand(5, 16)
    }


@pytest.fixture
def convert(tmp_path, run_tool):

    def function(state, target='made.pth'):
        torch.save(dict(state_dict=state, epoch=40), tmp_path / 'theirs.pth')
        return run_tool(SCRIPT, tmp_path / 'theirs.pth', tmp_path / target)

    return function


def model_of(start, backbone, path):
    """The config's model, with a smaller backbone, from a file."""
    config, = ROOT.glob(f'configs/published/{start}_*.py')
    cfg = Config.fromfile(config)
    cfg.model.backbone.update(backbone, init_cfg=None)
    cfg.model.update(
        input_size=(32, 32),
        init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    cfg.model.neck.out_channels = 16
    cfg.model.head.num_classes = 3
    model = MODELS.build(cfg.model)
    model.init_weights()
    return model.eval()


@pytest.mark.parametrize('old_names', [False, True])
def test_vit_gives_what_theirs_gives(convert, tmp_path, old_names):
    theirs = vit()
    state = {f'module.{key}': value
             for key, value in theirs.state_dict().items()}
    if old_names:
        state = {
            key.replace('mlp.0.', 'mlp.linear_1.').replace(
                'mlp.3.', 'mlp.linear_2.'): value
            for key, value in state.items()
        }
    code, out, err = convert(state)
    assert code == 0, err
    assert out.startswith('VisionTransformer of 2 layers: ')
    assert '2 not used: classifier.weight, classifier.bias.' in out
    ours = model_of('sportsreid-vit-base', dict(arch=ARCH, img_size=32),
                    tmp_path / 'made.pth')
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images))


def test_weights_of_torchvision_alone(convert, tmp_path):
    state = vit().model.state_dict()
    state['heads.head.weight'] = torch.rand(5, 64)
    code, out, err = convert(state)
    assert code == 0, err
    found = torch.load(tmp_path / 'made.pth', weights_only=True)['state_dict']
    assert len(found) == len(state) - 1
    assert all(key.startswith('backbone.') for key in found)


@pytest.mark.parametrize('is_third', [False, True])
def test_deit(convert, tmp_path, is_third):
    state = deit_names(is_third)
    code, out, err = convert(state)
    assert code == 0, err
    assert out.startswith('DeiT3' if is_third else 'VisionTransformer')
    start = 'sportsreid-vit-large' if is_third else 'sportsreid-vit-base'
    model = model_of(start, dict(arch=ARCH, img_size=32),
                     tmp_path / 'made.pth')
    found = model.state_dict()
    pairs = {
        'backbone.pos_embed': 'model.pos_embed',
        'backbone.layers.1.attn.qkv.weight': 'model.blocks.1.attn.qkv.weight',
        'backbone.layers.0.ffn.layers.0.0.bias': 'model.blocks.0.mlp.fc1.bias',
        'backbone.layers.1.ln2.weight': 'model.blocks.1.norm2.weight',
        'backbone.ln1.bias': 'model.norm.bias',
        'neck.norm.running_var': 'fc.1.running_var',
    }
    if is_third:
        pairs.update({
            'backbone.layers.0.attn.gamma1.weight': 'model.blocks.0.gamma_1',
            'backbone.layers.1.ffn.gamma2.weight': 'model.blocks.1.gamma_2',
        })
    for ours, theirs in pairs.items():
        assert torch.equal(found[ours], state[theirs]), ours


def test_resnet(convert, tmp_path):
    state = resnet()
    code, out, err = convert(state)
    assert code == 0, err
    model = model_of('sportsreid-resnet50-fc512',
                     dict(stem_channels=4, base_channels=4),
                     tmp_path / 'made.pth')
    for key, value in model.backbone.state_dict().items():
        assert torch.equal(value, state[key]), key


def without(state, key):
    del state[key]
    return state


@pytest.mark.parametrize('state, message', [
    (lambda: without(vit().state_dict(), 'model.encoder.ln.bias'),
     'missing from it (backbone.ln1.bias'),
    (lambda: dict(deit_names(False), **{
        'model.dist_token': torch.rand(1, 1, 64)}),
     'unknown to the model (backbone.dist_token'),
    (lambda: dict(resnet(), **{'conv1.weight': torch.rand(4, 3, 3, 3)}),
     'of another shape (backbone.conv1.weight (4, 3, 3, 3)'),
    (lambda: without(resnet(), 'fc.0.bias'), 'missing from it (neck.fc.bias'),
    (lambda: {'conv1.conv.weight': torch.rand(2, 3, 7, 7)},
     'none of the networks'),
    (lambda: {}, 'none of the networks'),
])
def test_other_files_are_refused(convert, tmp_path, state, message):
    code, _, err = convert(state())
    assert code == 1 and err.count('\n') == 1
    assert message in err
    assert os.listdir(tmp_path) == ['theirs.pth']
