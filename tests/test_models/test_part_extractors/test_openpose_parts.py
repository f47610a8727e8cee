import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import DefaultScope
from mmengine.runner import load_checkpoint, save_checkpoint
from mmpose.registry import MODELS as MMPOSE_MODELS

from snreid_mm.models import OpenPoseParts, PlayerReID
from snreid_mm.registry import MODELS

MEAN = torch.tensor([123.675, 116.28, 103.53]).view(1, 3, 1, 1)
STD = torch.tensor([58.395, 57.12, 57.375]).view(1, 3, 1, 1)


@pytest.fixture(scope='module')
def model():
    torch.manual_seed(0)
    model = OpenPoseParts()
    # Without MMEngine's list of what was initialized.
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
            torch.nn.init.normal_(module.bias, std=0.1)
    model.bn.running_mean.uniform_(-1, 1)
    model.bn.running_var.uniform_(1, 2)
    return model.eval()


@pytest.fixture
def raw():
    """Images of B, G, R from 0 to 255."""
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (2, 3, 36, 20), generator=generator).float()


def normalized(raw):
    return (raw.flip(1) - MEAN) / STD


def reference(w, x):
    """The published network, layer by layer, of what conv1_1 sees."""

    def conv(x, name, relu=True):
        weight = w[f'{name}.weight']
        x = F.conv2d(
            x, weight, w[f'{name}.bias'], padding=weight.shape[-1] // 2)
        return x.clamp(min=0) if relu else x

    for block, count in ((1, 2), (2, 2), (3, 4)):
        for i in range(1, count + 1):
            x = conv(x, f'conv{block}_{i}')
        # Caffe rounds up: a last row or column alone makes a cell.
        x = F.pad(
            x, (0, x.shape[-1] % 2, 0, x.shape[-2] % 2), value=-torch.inf)
        x = F.max_pool2d(x, 2)
    for name in ('conv4_1', 'conv4_2', 'conv4_3_CPM', 'conv4_4_CPM'):
        x = conv(x, name)
    trunk = x
    limbs, joints = (
        conv(
            conv(
                conv(
                    conv(conv(trunk, f'conv5_1_CPM_{b}'), f'conv5_2_CPM_{b}'),
                    f'conv5_3_CPM_{b}'), f'conv5_4_CPM_{b}'),
            f'conv5_5_CPM_{b}',
            relu=False) for b in ('L1', 'L2'))
    stage1 = torch.cat([limbs, joints, trunk], 1)
    assert stage1.shape[1] == 185
    outputs = []
    for b in ('L1', 'L2'):
        x = stage1
        for i in range(1, 7):
            x = conv(x, f'Mconv{i}_stage2_{b}')
        outputs.append(conv(x, f'Mconv7_stage2_{b}', relu=False))
    x = F.max_pool2d(torch.cat([*outputs, trunk], 1), 2, ceil_mode=True)
    x = conv(x, 'pose1', relu=False)
    mean, var = (w[f'bn.running_{name}'].view(1, -1, 1, 1)
                 for name in ('mean', 'var'))
    return (x - mean) / (var + 1e-5).sqrt()


@torch.no_grad()
def test_against_the_published_layers(model, raw):
    outputs = model(normalized(raw))
    assert isinstance(outputs, tuple) and len(outputs) == 1
    assert outputs[0].shape == (2, 128, 3, 2)  # 36 x 20, rounded up
    wanted = reference(model.state_dict(), raw / 256 - 0.5)
    torch.testing.assert_close(outputs[0], wanted, rtol=1e-4, atol=1e-4)
    assert wanted.std() > 0.1


@torch.no_grad()
@pytest.mark.parametrize('scaling, made_of', [
    ('openpose', lambda raw: raw / 256 - 0.5),
    ('caffe-mean', lambda raw:
     (raw - torch.tensor([104., 117., 123.]).view(1, 3, 1, 1)) * 0.0039),
    ('snreid', lambda raw: normalized(raw) * 0.0039),
])
def test_input_scaling(raw, scaling, made_of):
    model = OpenPoseParts(input_scaling=scaling)
    torch.testing.assert_close(
        model.scale_input(normalized(raw)), made_of(raw), rtol=1e-4, atol=1e-6)
    # Of images that a data preprocessor has normalized otherwise, too.
    model = OpenPoseParts(
        input_scaling=scaling, mean=[0.], std=[255.], to_rgb=False)
    torch.testing.assert_close(
        model.scale_input(raw / 255), made_of(raw), rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_ceiling_at_every_pool(model):
    for height, width in ((17, 33), (15, 1)):
        found = model(torch.zeros(1, 3, height, width))[0].shape
        assert found == (1, 128, -(-height // 16), -(-width // 16))


def test_names_and_sizes(model):
    layers = {key.rsplit('.', 1)[0] for key in model.state_dict()}
    assert layers == {
        *(f'conv{b}_{i}' for b, n in ((1, 2), (2, 2), (3, 4), (4, 2))
          for i in range(1, n + 1)), 'conv4_3_CPM', 'conv4_4_CPM',
        *(f'conv5_{i}_CPM_L{b}' for i in range(1, 6) for b in (1, 2)),
        *(f'Mconv{i}_stage2_L{b}' for i in range(1, 8)
          for b in (1, 2)), 'pose1', 'bn'
    }
    # 7.34 M trunk, 1.05 M and 8.78 M stages, 0.21 M projection; the batch
    # norm has none.
    assert sum(p.numel() for p in model.parameters()) == 17_385_394


def test_training(raw):
    torch.manual_seed(0)
    model = OpenPoseParts()
    model(normalized(raw))[0].square().sum().backward()
    assert all(p.grad is not None for p in model.parameters())
    assert model.bn.num_batches_tracked == 1

    model = OpenPoseParts(frozen=True)
    model.train()
    model(normalized(raw))[0].square().sum().backward()
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert trained == {'pose1.weight', 'pose1.bias'}
    assert model.pose1.weight.grad is not None
    assert model.conv1_1.weight.grad is None


def test_bad_options():
    with pytest.raises(ValueError, match="'caffe-mean', 'snreid', .*'caffe'"):
        OpenPoseParts(input_scaling='caffe')


@pytest.fixture
def published(model):
    return {
        key: value
        for key, value in model.state_dict().items()
        if not key.startswith(('pose1', 'bn'))
    }


def build(**init_cfg):
    model = OpenPoseParts(init_cfg=dict(type='Pretrained', **init_cfg))
    model.init_weights()
    return model


@pytest.mark.parametrize('prefix', [None, 'backbone.'])
def test_pretrained(tmp_path, published, prefix):
    path = str(tmp_path / 'parts.pth')
    save_checkpoint({
        'state_dict':
        {(prefix or '') + key: value
         for key, value in published.items()}
    }, path)
    model = build(checkpoint=path, prefix=prefix)
    for key, value in published.items():
        assert torch.equal(model.state_dict()[key], value)
    # A second call must not undo what training has done since.
    model.conv1_1.weight.data.zero_()
    model.init_weights()
    assert not model.conv1_1.weight.any()


def test_a_checkpoint_that_does_not_fit(tmp_path, published):
    path = str(tmp_path / 'parts.pth')
    torch.save({f'model0.{k}': v for k, v in published.items()}, path)
    with pytest.raises(
            ValueError,
            match='none of its 72 weights fits .*model0.conv1_1.weight.*'
            'openpose_to_snreid.py'):
        build(checkpoint=path)
    del published['conv4_2.bias']
    torch.save(published, path)
    with pytest.raises(
            ValueError, match=r'1 weight is missing.*conv4_2.bias \(512,\)'):
        build(checkpoint=path)


def test_in_a_reid_model(tmp_path):
    cfg = dict(
        backbone=dict(type='ResNet', depth=18, strides=(1, 2, 2, 1)),
        part_extractor=dict(type='snreid_mm.OpenPoseParts'),
        neck=Joined())
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = PlayerReID(**cfg, input_size=(32, 16)).eval()
        again = PlayerReID(**cfg, input_size=(32, 16)).eval()
    images = torch.randn(2, 3, 32, 16)
    parts, = model.extract_feat(images, stage='part_extractor')
    assert parts.shape == (2, 128, 2, 1)
    assert model.embedding_dim == 512 + 128
    path = str(tmp_path / 'model.pth')
    save_checkpoint({'state_dict': model.state_dict()}, path)
    load_checkpoint(again, path)
    assert torch.equal(again(images), model(images))


class Joined(torch.nn.Module):
    """A neck: both maps, pooled."""

    def forward(self, maps):
        return torch.cat([each.mean((2, 3)) for each in maps], dim=1)


def test_as_a_backbone_of_mmpose():
    assert MMPOSE_MODELS.get('OpenPoseParts') is OpenPoseParts
    assert MODELS.get('snreid_mm.OpenPoseParts') is OpenPoseParts
    estimator = MMPOSE_MODELS.build(
        dict(
            _scope_='mmpose',
            type='TopdownPoseEstimator',
            backbone=dict(type='OpenPoseParts'),
            head=dict(
                type='HeatmapHead',
                in_channels=128,
                out_channels=17,
                deconv_out_channels=(8, 8),
                deconv_kernel_sizes=(4, 4))))
    heatmaps = estimator(torch.zeros(2, 3, 64, 48), None, mode='tensor')
    assert heatmaps.shape == (2, 17, 16, 12)
