import copy

import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope
from mmengine.runner import load_checkpoint, save_checkpoint
from mmpose.registry import MODELS as MMPOSE_MODELS
from torch import nn

from snreid_mm.models import MMPosePartExtractor, PlayerReID

IMAGENET = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])


def estimator(backbone, head, input_size=(64, 32), **preprocessor):
    """A pose estimator for images of a height and a width."""
    height, width = input_size
    codec = dict(
        type='MSRAHeatmap',
        input_size=(width, height),
        heatmap_size=(width // 4, height // 4),
        sigma=2.)
    return dict(
        type='TopdownPoseEstimator',
        data_preprocessor=dict(
            type='PoseDataPreprocessor',
            **{
                **IMAGENET, 'bgr_to_rgb': True,
                **preprocessor
            }),
        backbone=backbone,
        head={
            'decoder': codec,
            **head
        },
        test_cfg=dict(flip_test=True))


SMALL = dict(
    type='HeatmapHead',
    in_channels=8,
    out_channels=5,
    deconv_out_channels=None)
HRNET = estimator(
    dict(
        type='HRNet',
        extra=dict(
            stage1=dict(
                num_modules=1,
                num_branches=1,
                block='BOTTLENECK',
                num_blocks=(1, ),
                num_channels=(4, )),
            stage2=dict(
                num_modules=1,
                num_branches=2,
                block='BASIC',
                num_blocks=(1, 1),
                num_channels=(8, 16)),
            stage3=dict(
                num_modules=1,
                num_branches=3,
                block='BASIC',
                num_blocks=(1, 1, 1),
                num_channels=(8, 16, 32)),
            stage4=dict(
                num_modules=1,
                num_branches=4,
                block='BASIC',
                num_blocks=(1, 1, 1, 1),
                num_channels=(8, 16, 32, 64),
                multiscale_output=False))), SMALL)
RESNET = dict(
    type='ResNet', depth=18, stem_channels=8, base_channels=8,
    out_indices=(0, 1, 2, 3))
SIMPLE_BASELINE = estimator(
    RESNET,
    dict(
        type='HeatmapHead',
        in_channels=64,
        out_channels=5,
        deconv_out_channels=(8, 8, 8),
        deconv_kernel_sizes=(4, 4, 4)))
CPM = estimator(
    dict(
        type='CPM',
        in_channels=3,
        out_channels=5,
        feat_channels=8,
        num_stages=2),
    dict(
        type='CPMHead',
        in_channels=5,
        out_channels=5,
        num_stages=2,
        final_layer=None))
HOURGLASS = estimator(
    dict(
        type='HourglassNet',
        downsample_times=2,
        num_stacks=2,
        stage_channels=(256, 8, 8),
        stage_blocks=(1, 1, 1),
        feat_channel=256),
    dict(type='CPMHead', in_channels=256, out_channels=5, num_stages=2))
VIT = estimator(
    dict(
        type='mmpretrain.VisionTransformer',
        arch=dict(
            embed_dims=8,
            num_layers=2,
            num_heads=2,
            feedforward_channels=16),
        img_size=(64, 32),
        patch_size=8,
        with_cls_token=False,
        out_type='featmap'), SMALL)
RTMPOSE_HEAD = estimator(
    RESNET,
    dict(
        type='RTMCCHead',
        in_channels=64,
        out_channels=5,
        input_size=(32, 64),
        in_featuremap_size=(1, 2),
        simcc_split_ratio=2.,
        final_layer_kernel_size=1,
        gau_cfg=dict(
            hidden_dims=8,
            s=4,
            expansion_factor=2,
            dropout_rate=0.,
            drop_path=0.,
            act_fn='SiLU',
            use_rel_bias=False,
            pos_enc=False)))
FAMILIES = dict(
    HRNet=(HRNET, 8),
    SimpleBaseline=(SIMPLE_BASELINE, 64),
    CPM=(CPM, 5),
    Hourglass=(HOURGLASS, 256),
    ViT=(VIT, 8),
    SimCC=(RTMPOSE_HEAD, 64))


def build(pose_estimator=SIMPLE_BASELINE, **options):
    """Build as a runner whose scope is MMPretrain's does."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return MMPosePartExtractor(pose_estimator=pose_estimator, **options)


def images(height=64, width=32):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 3, height, width, generator=generator)


def heatmaps(model, inputs):
    """What MMPose itself gives."""
    return model.pose_estimator(inputs, None, mode='tensor')


# -- the families ------------------------------------------------------------


@pytest.mark.parametrize('family', FAMILIES)
@torch.no_grad()
def test_families(family):
    config, channels = FAMILIES[family]
    given = copy.deepcopy(config)
    model = build(config, output='both', grid=(4, 2))
    assert config == given
    joined = model.eval()(images())
    assert joined.shape == (2, 5 + channels, 4, 2)
    assert joined.isfinite().all()

    maps = heatmaps(model, images())
    if family == 'SimCC':
        columns, rows = maps
        assert columns.shape == (2, 5, 64) and rows.shape == (2, 5, 128)
    else:
        maps = maps[-1] if isinstance(maps, list) else maps
        torch.testing.assert_close(joined[:, :5],
                                   F.adaptive_avg_pool2d(maps, (4, 2)))
    features = build(config, output='features', grid=(4, 2)).eval()
    # The same seed, but the head drew numbers too where there was one.
    features.pose_estimator.load_state_dict(
        model.pose_estimator.state_dict(), strict=False)
    assert torch.equal(features(images()), joined[:, 5:])


def test_rtmpose_needs_mmdet():
    backbone = dict(_scope_='mmdet', type='CSPNeXt')
    config = {**RTMPOSE_HEAD, 'backbone': backbone}
    try:
        import mmdet  # noqa: F401
    except ImportError:
        with pytest.raises(
                ImportError, match=r'\(CSPNeXt\) needs the package mmdet'):
            build(config)
    else:
        pytest.skip('MMDetection is installed')


# -- maps --------------------------------------------------------------------


@torch.no_grad()
def test_resizing():
    for rule, pooled in (('area', F.adaptive_avg_pool2d),
                         ('max', F.adaptive_max_pool2d)):
        model = build(resize=rule, grid=(4, 2)).eval()
        whole = heatmaps(model, images())
        assert whole.shape == (2, 5, 16, 8)
        assert torch.equal(model(images()), pooled(whole, (4, 2)))
    assert torch.equal(
        build(grid=(16, 8)).eval()(images()), whole)
    model = build(resize='bilinear', grid=(4, 2)).eval()
    assert torch.equal(
        model(images()), F.interpolate(whole, (4, 2), mode='bilinear'))
    for unused in ((4, 2), None):
        model = build(resize=None, grid=unused).eval()
        assert torch.equal(model(images()), whole)


@torch.no_grad()
def test_stages():
    sizes = [(8, 16, 8), (16, 8, 4), (32, 4, 2), (64, 2, 1)]
    for stage in (0, 2, 3, -1, -4):
        model = build(output='features', stage=stage, resize=None)
        assert model(images()).shape[1:] == sizes[stage]
    for stage in (4, -5):
        with pytest.raises(
                ValueError,
                match=f'stage is {stage}, but the backbone ResNet.* 4 maps'):
            build(output='features', stage=stage)
    with pytest.raises(RuntimeError, match='Sizes of tensors must match'):
        build(output='both', resize=None)


@pytest.mark.parametrize('options, message', [
    (dict(output='heatmap'), "'heatmaps', 'features', 'both', but.*'heatmap'"),
    (dict(stage=1), 'stage=1 would do nothing'),
    (dict(checkpoint=True), 'checkpoint=True.*path or URL'),
    (dict(pose_estimator={
        **SIMPLE_BASELINE, 'head': None
    }), 'has no head'),
    (dict(
        pose_estimator={
            **estimator(RESNET,
                        dict(type='RegressionHead', in_channels=64,
                             num_joints=5)), 'neck':
            dict(type='GlobalAveragePooling')
        }), r'gives no heatmaps.* \(1, 5, 2\)'),
    (dict(
        output='features',
        pose_estimator={
            **VIT, 'backbone': {
                **VIT['backbone'], 'out_type': 'avg_featmap'
            }
        },
        keep_input_size=True), None),
])
def test_bad_options(options, message):
    if message is None:
        # Without an input size this is known at the first image alone.
        with pytest.raises(ValueError, match=r"shape \(2, 8\).*'featmap'"):
            build(**options)(images())
    else:
        with pytest.raises(ValueError, match=message):
            build(**options)


# -- images ------------------------------------------------------------------


@torch.no_grad()
def test_another_normalization_and_size():
    raw = torch.randint(
        0, 256, (2, 3, 40, 24),
        generator=torch.Generator().manual_seed(0)).float()  # B, G, R
    mean, std = (torch.tensor(IMAGENET[key]).view(1, 3, 1, 1)
                 for key in ('mean', 'std'))
    reid = (raw.flip(1) - mean) / std

    config = copy.deepcopy(SIMPLE_BASELINE)
    config['data_preprocessor'].update(
        mean=[100., 110., 120.], std=[50., 60., 70.], bgr_to_rgb=False)
    model = build(config, grid=(16, 8)).eval()
    larger = F.interpolate(raw, (64, 32), mode='bilinear')
    # MMPose's own preprocessor, of the raw images.
    preprocessor = MMPOSE_MODELS.build(config['data_preprocessor'])
    wanted = heatmaps(model, preprocessor(
        dict(inputs=list(larger), data_samples=[]))['inputs'])
    assert wanted.std() > 0
    torch.testing.assert_close(model(reid), wanted, rtol=1e-4, atol=1e-7)

    # The model's images may be normalized another way, too.
    model.renormalize = build(
        config, mean=[0.], std=[255.], to_rgb=False).renormalize
    torch.testing.assert_close(model(raw / 255), wanted, rtol=1e-4, atol=1e-7)


@torch.no_grad()
def test_shrinking_does_not_skip_pixels():
    model = build(output='features', grid=(2, 1)).eval()
    lines = torch.zeros(1, 3, 256, 128)
    lines[..., ::4] = 1
    prepared = model._prepare(lines)
    assert prepared.shape == (1, 3, 64, 32)
    torch.testing.assert_close(
        prepared[..., 2:-2], torch.full((1, 3, 64, 28), 0.25), atol=0.02,
        rtol=0)


@torch.no_grad()
def test_the_input_size_of_the_images():
    kept = build(keep_input_size=True, resize=None).eval()
    assert kept(images(96, 64)).shape == (2, 5, 24, 16)
    resized = build(resize=None).eval()
    assert resized(images(96, 64)).shape == (2, 5, 16, 8)
    # Without a codec there is nothing to resize to.
    config = copy.deepcopy(SIMPLE_BASELINE)
    config['head']['decoder'] = None
    assert build(config, resize=None)(images(96, 64)).shape == (2, 5, 24, 16)


# -- training ----------------------------------------------------------------


class Joined(nn.Module):
    """A neck: both maps, pooled."""

    def forward(self, maps):
        return torch.cat([each.mean((2, 3)) for each in maps], dim=1)


def reid(**options):
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return PlayerReID(
            backbone=dict(type='ResNet', depth=18, strides=(1, 2, 2, 1)),
            part_extractor=dict(
                type='snreid_mm.MMPosePartExtractor',
                **{
                    'pose_estimator': SIMPLE_BASELINE,
                    'grid': (4, 2),
                    **options
                }),
            neck=Joined(),
            input_size=(64, 32))


def test_frozen():
    model = reid(output='both')
    model.train()
    parts = model.part_extractor
    assert parts.training and model.backbone.training
    assert not any(m.training for m in parts.pose_estimator.modules())
    assert not any(p.requires_grad for p in parts.parameters())
    before = copy.deepcopy(parts.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=1., weight_decay=0.1)
    model(images()).square().sum().backward()
    optimizer.step()
    for key, value in parts.state_dict().items():
        assert torch.equal(value, before[key]), key
    assert model.backbone.conv1.weight.grad.any()
    assert not parts(images()).requires_grad


def test_trained():
    model = reid(output='both', frozen=False)
    model.eval()
    assert not any(m.training for m in model.modules())
    model.train()
    assert all(m.training for m in model.part_extractor.modules())
    before = copy.deepcopy(model.part_extractor.state_dict())
    model(images()).square().sum().backward()
    for name, parameter in model.part_extractor.named_parameters():
        assert parameter.grad is not None, name
    torch.optim.SGD(model.parameters(), lr=1.).step()
    after = model.part_extractor.state_dict()
    for key in ('backbone.conv1.weight', 'backbone.bn1.running_mean',
                'head.final_layer.bias'):
        key = f'pose_estimator.{key}'
        assert not torch.equal(after[key], before[key]), key


def test_in_a_reid_model(tmp_path):
    model = reid(output='both').eval()
    assert model.embedding_dim == 512 + 5 + 64
    parts, = model.extract_feat(images(), stage='part_extractor')
    assert parts.shape == (2, 69, 4, 2)
    path = str(tmp_path / 'model.pth')
    save_checkpoint({'state_dict': model.state_dict()}, path)
    again = reid(output='both').eval()
    for parameter in again.parameters():
        nn.init.normal_(parameter)
    load_checkpoint(again, path)
    assert torch.equal(again(images()), model(images()))


# -- weights -----------------------------------------------------------------


@pytest.fixture
def weights(tmp_path):
    """A checkpoint of SIMPLE_BASELINE, as MMPose's runner writes it."""
    torch.manual_seed(5)
    trained = MMPOSE_MODELS.build({**SIMPLE_BASELINE, '_scope_': 'mmpose'})
    path = str(tmp_path / 'pose.pth')
    save_checkpoint({
        'state_dict': trained.state_dict(),
        'meta': dict(epoch=3)
    }, path)
    return path, trained.eval()


@pytest.fixture
def log(monkeypatch):
    lines = []
    logger = MMLogger.get_current_instance()
    monkeypatch.setattr(
        logger, 'log', lambda level, message: lines.append((level, message)))
    return lines


@torch.no_grad()
def test_checkpoint(weights):
    path, trained = weights
    # The weights that the checkpoint replaces are not fetched.
    config = copy.deepcopy(SIMPLE_BASELINE)
    config['backbone']['init_cfg'] = dict(
        type='Pretrained', checkpoint='no/such/file.pth')
    model = build(config, checkpoint=path, resize=None).eval()
    model.init_weights()
    wanted = trained(images(), None, mode='tensor')
    assert torch.equal(model(images()), wanted)
    # A second call must not undo what training has done since.
    model.pose_estimator.head.final_layer.weight.zero_()
    model.init_weights()
    assert not model.pose_estimator.head.final_layer.weight.any()


@torch.no_grad()
def test_checkpoint_in_a_reid_model(weights):
    path, trained = weights
    model = reid(checkpoint=path)
    model.init_weights()
    found = model.part_extractor.pose_estimator.state_dict()
    for key, value in trained.state_dict().items():
        assert torch.equal(found[key], value), key


def test_checkpoint_that_cannot_be_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    model = reid(checkpoint='http://127.0.0.1:9/pose.pth')
    with pytest.raises(
            ConnectionError, match='with model.part_extractor.checkpoint=N'):
        model.init_weights()


@torch.no_grad()
def test_checkpoint_of_which_the_backbone_is_used(weights, log):
    path, trained = weights
    model = build(output='features', checkpoint=path, resize=None).eval()
    model.init_weights()
    assert torch.equal(model(images()), trained.backbone(images())[-1])
    assert 'as they may be: head.deconv_layers.0.weight' in log[-1][1]


@pytest.mark.parametrize('config, message', [
    (HRNET, r'the pose estimator \(HRNet, HeatmapHead\): .*init_cfg'),
    (estimator({**RESNET, 'base_channels': 16, 'stem_channels': 16}, {
        **SIMPLE_BASELINE['head'], 'in_channels': 128
    }), r'of another shape \(backbone.conv1.weight \(8, 3, 7, 7\), '
     r'the model\'s \(16, 3, 7, 7\)'),
    (estimator(RESNET, {
        **SIMPLE_BASELINE['head'], 'out_channels': 6
    }), '2 weights are of another shape.*head.final_layer.weight'),
    (estimator({**RESNET, 'num_stages': 3, 'strides': (1, 2, 2),
                'dilations': (1, 1, 1), 'out_indices': (0, 1, 2)}, {
        **SIMPLE_BASELINE['head'], 'in_channels': 32
    }), 'are unknown to the model .*backbone.layer4'),
])
def test_checkpoint_of_another_model(weights, config, message):
    model = build(config, checkpoint=weights[0])
    with pytest.raises(ValueError, match=message):
        model.init_weights()


def test_checkpoint_that_fits_nothing(weights, tmp_path):
    path = str(tmp_path / 'other.pth')
    torch.save({f'model.{k}': v for k, v in weights[1].state_dict().items()},
               path)
    with pytest.raises(ValueError, match='none of its .* weights fits'):
        build(checkpoint=path).init_weights()
    # A backbone alone: its names lack the start.
    torch.save(weights[1].backbone.state_dict(), path)
    with pytest.raises(
            ValueError, match='none of its .*use the backbone\'s init_cfg'):
        build(output='features', checkpoint=path).init_weights()
    with pytest.raises(FileNotFoundError, match='none.pth'):
        build(checkpoint=str(tmp_path / 'none.pth')).init_weights()


def test_frozen_parts_without_weights(weights, log):
    build(frozen=False).init_weights()
    config = copy.deepcopy(SIMPLE_BASELINE)
    torch.save({
        k[9:]: v
        for k, v in weights[1].state_dict().items() if 'backbone.' in k
    }, weights[0])
    config['backbone']['init_cfg'] = dict(
        type='Pretrained', checkpoint=weights[0])
    model = build(config)
    model.init_weights()
    assert torch.equal(model.pose_estimator.backbone.conv1.weight,
                       weights[1].backbone.conv1.weight)
    assert not [text for _, text in log if 'maps are random' in text]
    build().init_weights()
    assert [text for _, text in log if 'maps are random' in text]
