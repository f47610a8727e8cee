import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from snreid_mm.models import OSNet
from snreid_mm.registry import MODELS

CHANNELS = {
    1.0: (64, 256, 384, 512),
    .75: (48, 192, 288, 384),
    .5: (32, 128, 192, 256),
    .25: (16, 64, 96, 128),
}
SMALL = dict(type='snreid_mm.OSNet', width=.25)


def images(num=2, size=(64, 32)):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(num, 3, *size, generator=generator)


def build(seed=0, **overrides):
    torch.manual_seed(seed)
    model = MODELS.build(dict(SMALL, **overrides))
    model.init_weights()
    return model


# -- the published network --------------------------------------------------


def published_shapes(width):
    """The published names and shapes, batch norm counters left out."""
    shapes = {}

    def norm(name, channels):
        for key in ('weight', 'bias', 'running_mean', 'running_var'):
            shapes[f'{name}.{key}'] = (channels, )

    def conv(name, given, channels, kernel=1):
        shapes[f'{name}.conv.weight'] = (channels, given, kernel, kernel)
        norm(f'{name}.bn', channels)

    def light(name, channels):
        shapes[f'{name}.conv1.weight'] = (channels, channels, 1, 1)
        shapes[f'{name}.conv2.weight'] = (channels, 1, 3, 3)
        norm(f'{name}.bn', channels)

    def block(name, given, channels):
        mid, few = channels // 4, channels // 64
        conv(f'{name}.conv1', given, mid)
        light(f'{name}.conv2a', mid)
        for letter, depth in zip('bcd', (2, 3, 4)):
            for i in range(depth):
                light(f'{name}.conv2{letter}.{i}', mid)
        shapes[f'{name}.gate.fc1.weight'] = (few, mid, 1, 1)
        shapes[f'{name}.gate.fc1.bias'] = (few, )
        shapes[f'{name}.gate.fc2.weight'] = (mid, few, 1, 1)
        shapes[f'{name}.gate.fc2.bias'] = (mid, )
        conv(f'{name}.conv3', mid, channels)
        if given != channels:
            conv(f'{name}.downsample', given, channels)

    channels = CHANNELS[width]
    conv('conv1', 3, channels[0], 7)
    for stage, (given, own) in enumerate(zip(channels, channels[1:]), 2):
        block(f'conv{stage}.0', given, own)
        block(f'conv{stage}.1', own, own)
        if stage < 4:
            conv(f'conv{stage}.2.0', own, own)
    conv('conv5', channels[3], channels[3])
    return shapes


@pytest.mark.parametrize('width', CHANNELS)
def test_names_and_shapes_are_the_published(width):
    state = OSNet(width).state_dict()
    assert {
        key: tuple(value.shape)
        for key, value in state.items() if 'num_batches' not in key
    } == published_shapes(width)
    counters = {key for key in state if 'num_batches' in key}
    assert counters == {
        key.replace('running_mean', 'num_batches_tracked')
        for key in state if 'running_mean' in key
    }


# With the fully connected layer, without the classifier: the parameters, and
# the published counts (M parameters, M multiply-additions at 256 x 128).
@pytest.mark.parametrize('width, parameters, published', [
    (1.0, 2169508, ('2.2', '978.9')),
    (.75, 1285754, ('1.3', '571.8')),
    (.5, 630034, ('0.6', '272.9')),
    (.25, 201864, ('0.2', '82.3')),
])
def test_size_is_the_published(width, parameters, published):
    channels = CHANNELS[width][-1]
    model = nn.Sequential(OSNet(width), nn.Linear(channels, 512),
                          nn.BatchNorm1d(512))
    assert sum(p.numel() for p in model.parameters()) == parameters

    # torchreid's counter adds what a layer has each time it is called, and
    # each of the four streams of a block calls the same gate.
    counts = dict(parameters=0, macs=0)

    def count(module, _, output):
        size = sum(p.numel() for p in module.parameters())
        counts['parameters'] += size
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            positions = output.numel() // output.shape[1]
            counts['macs'] += size * positions

    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(count)
    with torch.no_grad():
        output = model.eval()[0](torch.rand(1, 3, 256, 128))[0]
        model[1:](output.mean((2, 3)))
    assert output.shape == (1, channels, 16, 8)
    assert f'{counts["parameters"] / 1e6:.1f}' == published[0]
    assert f'{counts["macs"] / 1e6:.1f}' == published[1]
    if width == 1.0:
        assert counts == dict(parameters=2193616, macs=978878352)


def reference(state, x):
    """The network written out, from its weights by their names."""

    def norm(name, x):
        names = ('running_mean', 'running_var', 'weight', 'bias')
        return F.batch_norm(x, *(state[f'{name}.{key}'] for key in names))

    def conv(name, x, **kwargs):
        return norm(f'{name}.bn',
                    F.conv2d(x, state[f'{name}.conv.weight'], **kwargs))

    def light(name, x):
        x = F.conv2d(x, state[f'{name}.conv1.weight'])
        weight = state[f'{name}.conv2.weight']
        x = F.conv2d(x, weight, padding=1, groups=len(weight))
        return norm(f'{name}.bn', x).relu()

    def gate(name, x):
        y = x.mean((2, 3), keepdim=True)
        for layer, function in (('fc1', F.relu), ('fc2', torch.sigmoid)):
            y = function(
                F.conv2d(y, state[f'{name}.{layer}.weight'],
                         state[f'{name}.{layer}.bias']))
        return x * y

    def block(name, x):
        y = conv(f'{name}.conv1', x).relu()
        total = gate(f'{name}.gate', light(f'{name}.conv2a', y))
        for letter, depth in zip('bcd', (2, 3, 4)):
            stream = y
            for i in range(depth):
                stream = light(f'{name}.conv2{letter}.{i}', stream)
            total = total + gate(f'{name}.gate', stream)
        if f'{name}.downsample.conv.weight' in state:
            x = conv(f'{name}.downsample', x)
        return (conv(f'{name}.conv3', total) + x).relu()

    x = conv('conv1', x, stride=2, padding=3).relu()
    x = F.max_pool2d(x, 3, stride=2, padding=1)
    outputs = []
    for stage in (2, 3, 4):
        for i in (0, 1):
            x = block(f'conv{stage}.{i}', x)
        if stage < 4:
            x = conv(f'conv{stage}.2.0', x).relu()
            x = F.avg_pool2d(x, 2)
        outputs.append(x)
    return (*outputs, conv('conv5', x).relu())


def randomized(width=.25, seed=0):
    """Weights with the published names; no two layers alike."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for key, shape in published_shapes(width).items():
        value = torch.rand(shape, generator=generator)
        if len(shape) == 4:
            value = (value - .5) * (12 / value[0].numel())**.5
        state[key] = value + .5 if 'running_var' in key else value
    return state


def test_outputs_are_those_of_the_network():
    state = randomized()
    model = build(out_indices=(0, 1, 2, 3)).eval()
    missing, unknown = model.load_state_dict(state, strict=False)
    assert not unknown and all('num_batches' in key for key in missing)
    x = images(size=(70, 38))  # neither square nor a multiple of the stride
    with torch.no_grad():
        outputs = model(x)
        expected = reference(state, x)
    for output, each in zip(outputs, expected):
        torch.testing.assert_close(output, each)
    assert outputs[-1].std() > .01


# -- published checkpoints --------------------------------------------------


def published(width=.25, num_classes=7):
    """A published checkpoint, with what comes after the backbone."""
    state = randomized(width)
    channels = CHANNELS[width][-1]
    state.update({
        'fc.0.weight': torch.rand(512, channels),
        'fc.0.bias': torch.rand(512),
        'fc.1.weight': torch.rand(512),
        'fc.1.bias': torch.rand(512),
        'fc.1.running_mean': torch.rand(512),
        'fc.1.running_var': torch.rand(512),
        'classifier.weight': torch.rand(num_classes, 512),
        'classifier.bias': torch.rand(num_classes),
    })
    return state


@pytest.mark.parametrize('wrap, prefix', [
    (lambda state: state, None),
    (lambda state: {f'module.{k}': v for k, v in state.items()}, None),
    (lambda state: dict(state_dict=state, epoch=150, rank1=.94), None),
    (lambda state: {f'backbone.{k}': v for k, v in state.items()},
     'backbone.'),
])
def test_published_weights_load(tmp_path, wrap, prefix):
    state, path = published(), tmp_path / 'osnet.pth'
    torch.save(wrap(state), path)
    cfg = dict(type='Pretrained', checkpoint=str(path))
    if prefix:
        cfg['prefix'] = prefix
    model = build(init_cfg=cfg)
    for key, value in model.state_dict().items():
        if 'num_batches' not in key:
            assert torch.equal(value, state[key]), key


def test_they_load_in_a_model(tmp_path):
    state, path = published(), tmp_path / 'osnet.pth'
    torch.save(state, path)
    pretrained = dict(type='Pretrained', checkpoint=str(path))
    model = MODELS.build(
        dict(
            type='snreid_mm.PlayerReID',
            backbone=dict(SMALL, init_cfg=pretrained),
            neck=dict(type='LinearNeck', gap_dim=2, out_channels=16),
            input_size=(64, 32)))
    assert model.neck.in_channels == 128
    model.init_weights()
    assert torch.equal(model.backbone.conv5.conv.weight,
                       state['conv5.conv.weight'])
    # A second call changes nothing, as with MMEngine's own parts.
    nn.init.zeros_(model.backbone.conv5.conv.weight)
    model.init_weights()
    assert not model.backbone.conv5.conv.weight.any()


def without(state, *keys):
    return {k: v for k, v in state.items() if k not in keys}


@pytest.mark.parametrize('state, message', [
    (published(.5), r'does not fit OSNet of width 0\.25: .*published '
     r'checkpoint of this width \(another has other shapes\)'),
    (without(published(), 'conv3.0.gate.fc1.bias'),
     r'1 weight is missing from it \(conv3\.0\.gate\.fc1\.bias'),
    (dict(published(), **{'conv2.0.IN.weight': torch.rand(64)}),
     r'1 weight is unknown to the model \(conv2\.0\.IN\.weight'),
    ({'layer1.0.conv1.weight': torch.rand(1)}, 'none of its 1 weights fits'),
])
def test_other_weights_are_refused(tmp_path, state, message):
    path = tmp_path / 'other.pth'
    torch.save(state, path)
    with pytest.raises(ValueError, match=re.compile(message, re.DOTALL)):
        build(init_cfg=dict(type='Pretrained', checkpoint=str(path)))


def test_no_checkpoint():
    with pytest.raises(FileNotFoundError, match='none.pth'):
        build(init_cfg=dict(type='Pretrained', checkpoint='none.pth'))


# -- as a backbone of MMPretrain --------------------------------------------


def test_init():
    model = build()
    spread = model.conv5.conv.weight.std().item()
    assert spread == pytest.approx((2 / 128)**.5, rel=.05)  # He, fan-out
    assert model.conv2[0].gate.fc1.bias.eq(0).all()
    assert model.conv2[0].conv2a.bn.weight.eq(1).all()
    again = build()
    for key, value in model.state_dict().items():
        assert torch.equal(value, again.state_dict()[key]), key
    assert not torch.equal(model.conv5.conv.weight,
                           build(seed=1).conv5.conv.weight)


@pytest.mark.parametrize('frozen_stages, frozen', [
    (-1, ()),
    (0, ('conv1', )),
    (2, ('conv1', 'conv2', 'conv3')),
    (4, ('conv1', 'conv2', 'conv3', 'conv4', 'conv5')),
])
def test_frozen_stages(frozen_stages, frozen):
    model = build(frozen_stages=frozen_stages)
    assert model.train() is model
    for name in ('conv1', 'conv2', 'conv3', 'conv4', 'conv5'):
        stage = getattr(model, name)
        for parameter in stage.parameters():
            assert parameter.requires_grad != (name in frozen)
        for module in stage.modules():
            assert module.training != (name in frozen)
    before = model.conv1.bn.running_mean.clone()
    if frozen_stages < 4:
        model(images())[0].sum().backward()
    assert torch.equal(model.conv1.bn.running_mean, before) == bool(frozen)


def test_norm_eval():
    model = build(norm_eval=True).train()
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == 79 and not any(norm.training for norm in norms)
    assert model.training and model.conv2.training
    assert all(norm.weight.requires_grad for norm in norms)


def test_every_weight_is_trained():
    model = build().train()
    model(images())[0].square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name


def test_another_norm_and_other_channels():
    model = build(norm_cfg=dict(type='GN', num_groups=4), in_channels=1)
    assert model(images()[:, :1])[0].shape == (2, 128, 4, 2)
    assert not [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]


def test_layer_depth():
    model = build()
    depths = [
        model.get_layer_depth(f'backbone.{name}', 'backbone.')
        for name in ('conv1.conv.weight', 'conv2.0.conv1.bn.bias',
                     'conv5.conv.weight')
    ]
    assert depths == [(0, 6), (1, 6), (4, 6)]
    assert model.get_layer_depth('neck.fc.weight', 'backbone.') == (5, 6)
    assert model.get_layer_depth('conv3.0.gate.fc1.bias') == (2, 6)


@pytest.mark.parametrize('overrides, message', [
    (dict(out_indices=(0, 4)), r'out_indices of OSNet is \(0, 4\).*0 to 3'),
])
def test_bad_arguments(overrides, message):
    with pytest.raises(ValueError, match=message):
        build(**overrides)
