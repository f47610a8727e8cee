import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config, ConfigDict
from mmengine.model import BaseModule
from mmengine.optim import OptimWrapper
from mmpretrain.apis import FeatureExtractor, ImageRetrievalInferencer
from mmpretrain.registry import MODELS as MMPRETRAIN_MODELS
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.models import PlayerReID
from snreid_mm.registry import MODELS

BACKBONE = dict(type='ResNet', depth=18, stem_channels=8, base_channels=8)
NECK = [
    dict(type='GlobalAveragePooling'),
    dict(
        type='LinearNeck',
        out_channels=16,
        norm_cfg=dict(type='BN1d'),
        act_cfg=dict(type='ReLU')),
]
HEAD = dict(type='snreid_mm.ReIDHead', num_classes=4)
MODEL = ConfigDict(
    type='snreid_mm.PlayerReID',
    backbone=BACKBONE,
    neck=NECK,
    head=HEAD,
    input_size=(64, 32))


TOLERANCE = {False: {}, True: dict(rtol=.05, atol=.05)}


class SmallParts(BaseModule):
    """A part extractor: four part maps at the backbone's resolution."""

    def __init__(self, stride=32):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, stride, stride)

    def forward(self, inputs):
        return self.conv(inputs)


class PooledProduct(BaseModule):
    """A neck that joins two maps position by position."""

    def __init__(self, in_channels):
        super().__init__()
        self.in_channels = tuple(in_channels)

    def forward(self, feats):
        appearance, parts = feats
        gram = torch.einsum('nahw,nbhw->nab', appearance, parts)
        return (gram.flatten(1), )


def build(**overrides):
    return MODELS.build(ConfigDict(copy.deepcopy(MODEL), **overrides))


def images(num=4):
    return torch.rand(
        num, 3, 64, 32, generator=torch.Generator().manual_seed(0))


def samples(labels=(0, 0, 1, 2)):
    return [DataSample().set_gt_label(label) for label in labels]


# -- forward ----------------------------------------------------------------


def test_tensor_mode_gives_embeddings():
    model = build().eval()
    embeddings = model(images())
    assert embeddings.shape == (4, 16)
    assert model.embedding_dim == 16


def test_predict_writes_embeddings():
    model = build().eval()
    data_samples = samples()
    outputs = model(images(), data_samples, mode='predict')
    assert outputs is data_samples
    for output, embedding in zip(outputs, model(images())):
        assert torch.equal(output.embedding, embedding)
        assert output.embedding.shape == (16, )
        assert output.embedding.dtype == torch.float32
        assert 'embedding' in output.to_dict()


def test_predict_without_samples():
    outputs = build().eval()(images(3), mode='predict')
    assert len(outputs) == 3
    assert all(output.embedding.shape == (16, ) for output in outputs)


def test_predict_in_half_precision_gives_float32():
    with torch.autocast('cpu', dtype=torch.bfloat16):
        outputs = build().eval()(images(2), mode='predict')
    assert outputs[0].embedding.dtype == torch.float32


def test_normalize_embedding_is_for_retrieval_only():
    torch.manual_seed(0)
    plain = build().eval()
    unit = build(normalize_embedding=True).eval()
    unit.load_state_dict(plain.state_dict())
    assert torch.allclose(unit(images()), F.normalize(plain(images())))
    assert torch.allclose(unit(images()).norm(dim=1), torch.ones(4))
    assert torch.equal(
        unit.extract_feat(images())[-1],
        plain.extract_feat(images())[-1])


@pytest.mark.parametrize('normalize', [False, True])
def test_predict_averages_the_views(normalize):
    plain = build(normalize_embedding=normalize).eval()
    model = build(
        normalize_embedding=normalize, flip_test=True,
        test_scales=(1, 1.5)).eval()
    model.load_state_dict(plain.state_dict())
    inputs = images()
    large = F.interpolate(
        inputs, size=(96, 48), mode='bilinear', antialias=True)
    expected = sum(
        plain(view)
        for view in (inputs, inputs.flip(3), large, large.flip(3))) / 4
    if normalize:
        expected = F.normalize(expected)
    for view, flips in ((inputs, 'as it is'), (inputs.flip(3), 'mirrored')):
        found = torch.stack([s.embedding for s in model.predict(view)])
        torch.testing.assert_close(found, expected, msg=flips)
    torch.testing.assert_close(model(inputs), plain(inputs))


@pytest.mark.parametrize('half', [False, True])
def test_other_scales_resize_parts_of_a_fixed_grid(half):
    model = build(
        part_extractor=dict(
            type='snreid_mm.FixedParts', num_parts=3, grid=(2, 1)),
        neck=dict(type=PooledProduct),
        test_scales=(2, ))
    large = F.interpolate(
        images(), size=(128, 64), mode='bilinear', antialias=True)
    # Two training sizes in one config are a mistake.
    with pytest.raises(RuntimeError):
        model.train()(large)
    model.eval()
    parts = F.interpolate(
        model.part_extractor(large), size=(4, 2), mode='bilinear')
    expected, = model.neck((model.backbone(large)[-1], parts))
    if half:
        model.part_extractor.to(torch.bfloat16)
    with torch.autocast('cpu', torch.bfloat16, enabled=half):
        found = model.predict(images())
    found = torch.stack([each.embedding for each in found])
    assert found.any()
    torch.testing.assert_close(found, expected, **TOLERANCE[half])
    # At its own size a wrong grid is a mistake in a test too.
    model.test_scales = (1, )
    with pytest.raises(RuntimeError):
        model.predict(large)


@pytest.mark.parametrize('scales', [(), (1, 0), (-1., )])
def test_scales_that_are_none_are_refused(scales):
    with pytest.raises(ValueError, match='test_scales must be positive'):
        build(test_scales=scales)


def test_loss_reaches_every_weight():
    torch.manual_seed(0)
    model = build().train()
    losses = model(images(), samples(), mode='loss')
    (losses['loss_cls'] + losses['loss_triplet']).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
    assert model.backbone.conv1.weight.grad.abs().sum() > 0


def test_train_step():
    torch.manual_seed(0)
    model = build().train()
    before = model.backbone.conv1.weight.clone()
    log = model.train_step(
        dict(inputs=list((images() * 255).byte()), data_samples=samples()),
        OptimWrapper(torch.optim.SGD(model.parameters(), lr=.1)))
    assert {'loss', 'loss_cls', 'loss_triplet'} == set(log)
    assert torch.isclose(log['loss'], log['loss_cls'] + log['loss_triplet'])
    assert not torch.equal(model.backbone.conv1.weight, before)


def test_test_step_uses_the_preprocessor():
    model = build(
        data_preprocessor=dict(mean=[100.] * 3, std=[50.] *
                               3, to_rgb=True)).eval()
    raw = (images() * 255).byte()
    outputs = model.test_step(dict(inputs=raw, data_samples=samples()))
    expected = model((raw.flip(1).float() - 100) / 50)
    assert torch.allclose(
        torch.stack([output.embedding for output in outputs]), expected)


def test_stages():
    model = build(backbone=dict(**BACKBONE, out_indices=(2, 3))).eval()
    backbone = model.extract_feat(images(), stage='backbone')
    assert [tuple(feat.shape) for feat in backbone] == [(4, 32, 4, 2),
                                                        (4, 64, 2, 1)]
    neck = model.extract_feat(images())
    assert isinstance(neck, tuple) and neck[-1].shape == (4, 16)
    assert torch.equal(
        model.extract_feat(images(), stage='pre_logits'), neck[-1])
    with pytest.raises(ValueError, match="stage must be one of.*'head'"):
        model.extract_feat(images(), stage='head')
    with pytest.raises(ValueError, match="is 'part_extractor'"):
        model.extract_feat(images(), stage='part_extractor')


def test_bad_mode_and_no_head():
    model = build(head=None)
    assert not model.with_head
    with pytest.raises(ValueError, match="mode must be.*'train'"):
        model(images(), mode='train')


def test_no_neck():
    model = build(
        backbone=dict(type='ConvNeXt', arch='atto'), neck=None, head=None)
    assert not model.with_neck
    assert model.eval()(images()).shape == (4, 320)


def test_classification_head_of_mmpretrain():
    model = build(head=dict(type='ArcFaceClsHead', num_classes=4))
    assert model.head.in_channels == 16
    losses = model(images(), samples(), mode='loss')
    assert losses['loss'].requires_grad


def test_layer_depth_for_layerwise_rates():
    model = build(
        backbone=dict(
            type='VisionTransformer',
            arch='deit-tiny',
            img_size=(64, 32),
            out_type='featmap'))
    assert model.get_layer_depth('backbone.layers.0.ln1.weight')[0] == 1
    assert model.get_layer_depth('backbone.pre_norm.weight')[0] == 0
    assert model.get_layer_depth('neck.fc.weight') == (13, 14)
    with pytest.raises(NotImplementedError):
        build().get_layer_depth('backbone.conv1.weight')
    model = build(backbone=dict(type='MobileNetV2', widen_factor=.25))
    with pytest.raises(TypeError, match='MobileNetV2.*does not say how deep'):
        model.get_layer_depth('backbone.conv1.weight')


# -- channels ---------------------------------------------------------------


@pytest.mark.parametrize('backbone, channels', [
    (BACKBONE, 64),
    (dict(type='ConvNeXt', arch='atto'), 320),
    (dict(type='ConvNeXt', arch='atto', gap_before_final_norm=False), 320),
    (dict(type='MobileNetV2', widen_factor=.25), 1280),
    (dict(type='RepVGG', arch='A0'), 1280),
    (dict(
        type='SwinTransformer',
        arch=dict(embed_dims=4, depths=[1] * 4, num_heads=[1] * 4),
        window_size=2,
        pad_small_map=True), 32),
    (dict(type='VisionTransformer', arch='deit-tiny', img_size=(64, 32)), 192),
    (dict(
        type='VisionTransformer',
        arch='deit-tiny',
        img_size=(64, 32),
        out_type='featmap'), 192),
])
def test_swapping_the_backbone_is_enough(backbone, channels):
    cfg = Config(dict(model=copy.deepcopy(MODEL)))
    cfg.merge_from_dict(
        dict(model=dict(backbone=dict(backbone, _delete_=True))))
    model = MODELS.build(cfg.model)
    assert model.neck[1].in_channels == channels
    assert model.eval()(images()).shape == (4, 16)
    model.train()(images(), samples(), mode='loss')['loss_cls'].backward()


@pytest.mark.parametrize('neck, channels', [
    (dict(type='GlobalAveragePooling'), 64),
    (dict(type='GeneralizedMeanPooling'), 64),
    (dict(type='LinearNeck', gap_dim=2, out_channels=7), 7),
    ([dict(type='GeneralizedMeanPooling')], 64),
])
def test_head_follows_the_neck(neck, channels):
    model = build(neck=neck)
    assert model.embedding_dim == model.head.in_channels == channels


def test_config_is_left_as_it_was():
    cfg = copy.deepcopy(MODEL)
    MODELS.build(cfg)
    assert cfg == MODEL
    assert 'in_channels' not in cfg.head
    assert 'in_channels' not in cfg.neck[1]


def test_written_channels_that_fit_are_kept():
    model = build(
        neck=[NECK[0], dict(NECK[1], in_channels=64)],
        head=dict(HEAD, in_channels=16))
    assert model.head.in_channels == 16


@pytest.mark.parametrize('overrides, message', [
    (dict(neck=[NECK[0], dict(NECK[1], in_channels=63)]),
     r'model\.neck\[1\]\.in_channels is 63, .*write 64, or leave it out'),
    (dict(
        neck=dict(
            type='LinearNeck', gap_dim=2, out_channels=7, in_channels=512)),
     r'model\.neck\.in_channels is 512, .*write 64'),
    (dict(head=dict(HEAD, in_channels=8)),
     r'model\.head\.in_channels is 8, but the embedding has 16.*write 16'),
    (dict(neck=[NECK[1]]),
     r'model\.neck\[0\] \(LinearNeck\) cannot take.*GlobalAveragePooling'),
    (dict(neck=None), r'model\.backbone gives.*\(1, 64, 2, 1\).*model\.neck'),
    (dict(
        backbone=dict(
            type='VisionTransformer',
            arch='deit-tiny',
            img_size=(64, 32),
            out_type='raw')),
     r'model\.backbone \(VisionTransformer\).*\(1, 9, 192\).*featmap'),
    (dict(
        backbone=dict(
            type='MlpMixer', arch='s', patch_size=16, img_size=(224, 224))),
     r'model\.backbone \(MlpMixer\) cannot take.*model\.input_size'),
])
def test_parts_that_do_not_fit(overrides, message):
    with pytest.raises(ValueError, match=message):
        build(**overrides)


def test_a_part_without_type():
    with pytest.raises(TypeError, match=r'model\.backbone cannot be built'):
        build(backbone='ResNet')
    with pytest.raises(TypeError, match=r'model\.neck\[0\] cannot be built'):
        build(neck=[None])


def test_modules_are_taken_as_they_are():
    backbone = MODELS.build(BACKBONE)
    neck = MODELS.build(NECK[0])
    model = PlayerReID(backbone=backbone, neck=neck, input_size=(64, 32))
    assert model.backbone is backbone and model.neck is neck
    assert model.embedding_dim == 64


class Dither(nn.Module):
    """A part that draws random numbers in evaluation too."""

    def forward(self, inputs):
        return inputs + torch.rand_like(inputs)


def test_probing_leaves_no_trace():
    backbone = nn.Sequential(
        Dither(),
        MODELS.build(dict(BACKBONE, frozen_stages=1, drop_path_rate=.5)))
    backbone.train()
    state = copy.deepcopy(backbone.state_dict())
    modes = [module.training for module in backbone.modules()]
    assert not all(modes)  # the frozen stage evaluates
    torch.manual_seed(3)
    random = torch.get_rng_state()
    PlayerReID(
        backbone=backbone,
        neck=dict(type='GlobalAveragePooling'),
        input_size=(64, 32))
    assert torch.equal(torch.get_rng_state(), random)
    assert [module.training for module in backbone.modules()] == modes
    for key, value in backbone.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_init_is_reproducible():
    states = []
    for _ in range(2):
        torch.manual_seed(1)
        model = build()
        model.init_weights()
        states.append(model.state_dict())
    for key, value in states[0].items():
        assert torch.equal(value, states[1][key]), key


def test_pretrained_backbone(tmp_path):
    # As `torchvision://resnet50` is loaded: bare keys, and a classifier.
    other = MODELS.build(BACKBONE)
    state = other.state_dict()
    path = tmp_path / 'resnet.pth'
    torch.save({**state, 'fc.weight': torch.rand(1000, 64)}, path)
    model = build(
        backbone=dict(
            BACKBONE, init_cfg=dict(type='Pretrained', checkpoint=str(path))))
    model.init_weights()
    for key, value in model.backbone.state_dict().items():
        assert torch.equal(value, state[key]), key


# -- part stream ------------------------------------------------------------

TWO_STREAMS = dict(
    part_extractor=dict(type=SmallParts), neck=dict(type=PooledProduct))


def test_two_streams():
    model = build(**TWO_STREAMS).eval()
    assert model.with_part_extractor
    assert model.neck.in_channels == (64, 4)
    assert model.embedding_dim == model.head.in_channels == 64 * 4
    appearance = model.backbone(images())[-1]
    parts = model.part_extractor(images())
    assert torch.equal(model(images()), model.neck((appearance, parts))[0])
    assert torch.equal(
        model.extract_feat(images(), stage='part_extractor')[0], parts)
    assert len(model.extract_feat(images(), stage='backbone')) == 1
    losses = model.train()(images(), samples(), mode='loss')
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    assert model.part_extractor.conv.weight.grad.abs().sum() > 0


def test_two_streams_need_a_neck_that_joins_them():
    parts = dict(type=SmallParts)
    with pytest.raises(ValueError, match='gives 2 outputs.*must join the two'):
        build(part_extractor=parts)
    with pytest.raises(ValueError, match=r'in_channels=\(64, 4\)'):
        build(
            part_extractor=parts, neck=dict(type='LinearNeck', out_channels=3))


def test_two_streams_of_different_sizes():
    with pytest.raises(
            ValueError, match=r'\(1, 64, 2, 1\) and \(1, 4, 4, 2\)'):
        build(
            part_extractor=dict(type=SmallParts, stride=16),
            neck=dict(type=PooledProduct))
    with pytest.raises(
            ValueError,
            match=r'model\.backbone \(ConvNeXt\).*gap_before_final_norm=False'
    ):
        build(backbone=dict(type='ConvNeXt', arch='atto'), **TWO_STREAMS)


# -- MMPretrain's tools -----------------------------------------------------


def inferencer_config():
    """What the inferencers read of a whole config."""
    return Config(
        dict(
            default_scope='mmpretrain',
            model=copy.deepcopy(MODEL),
            test_dataloader=dict(
                dataset=dict(
                    type='CustomDataset',
                    pipeline=[
                        dict(type='LoadImageFromFile'),
                        dict(type='Resize', scale=(32, 64)),
                        dict(type='PackInputs'),
                    ]))))


def pictures(num=3):
    rng = np.random.default_rng(0)
    return [
        rng.integers(0, 255, (50, 20, 3), dtype=np.uint8) for _ in range(num)
    ]


def test_feature_extractor():
    extractor = FeatureExtractor(
        inferencer_config(), pretrained=False, device='cpu')
    inputs = pictures()
    neck = extractor(inputs, batch_size=2)
    assert len(neck) == 3 and neck[0][-1].shape == (16, )
    embeddings = extractor(inputs, stage='pre_logits')
    assert torch.allclose(embeddings[2], neck[2][-1], atol=1e-6)
    backbone = extractor(inputs, stage='backbone')
    assert backbone[0][0].shape == (64, 2, 1)


def test_image_retrieval_inferencer(tmp_path):
    import cv2
    paths = []
    for i, picture in enumerate(pictures(5)):
        paths.append(str(tmp_path / f'{i}.png'))
        cv2.imwrite(paths[-1], picture)
    torch.manual_seed(0)
    cfg = inferencer_config()
    cfg.model = dict(
        type='ImageToImageRetriever',
        image_encoder=copy.deepcopy(MODEL),
        prototype=torch.zeros(1, 16))
    retriever = ImageRetrievalInferencer(
        cfg, prototype=paths, pretrained=False, device='cpu')
    for i, path in enumerate(paths):
        assert retriever(path, topk=2)[0][0]['sample_idx'] == i


def test_retriever_is_built_by_mmpretrain():
    retriever = MMPRETRAIN_MODELS.build(
        dict(
            type='mmpretrain.ImageToImageRetriever',
            image_encoder=copy.deepcopy(MODEL),
            prototype=torch.eye(16)))
    outputs = retriever.eval()(images(), mode='predict')
    assert outputs[0].pred_score.shape == (16, )


def test_a_backbone_checkpoint_of_which_nothing_fits(tmp_path):
    backbone = dict(type='ResNet', depth=18, base_channels=4, stem_channels=4)
    neck = dict(type='GlobalAveragePooling')
    source = PlayerReID(backbone=backbone, neck=neck)
    path = tmp_path / 'model.pth'
    torch.save(source.state_dict(), path)
    pretrained = dict(type='Pretrained', checkpoint=str(path))

    model = PlayerReID(
        backbone=dict(backbone, init_cfg=pretrained), neck=neck)
    with pytest.raises(ValueError, match=r'model\.backbone \(ResNet\): none'):
        model.init_weights()

    pretrained['prefix'] = 'backbone.'
    model = PlayerReID(
        backbone=dict(backbone, init_cfg=pretrained), neck=neck)
    model.init_weights()
    assert torch.equal(model.backbone.conv1.weight,
                       source.backbone.conv1.weight)


@pytest.mark.parametrize('backbone', [
    dict(type='snreid_mm.OSNet', width=0.25),
    dict(type='ResNet', depth=18, base_channels=4, stem_channels=4),
])
def test_a_checkpoint_is_read_once(tmp_path, monkeypatch, backbone):
    path = str(tmp_path / 'backbone.pth')
    torch.save(MODELS.build(backbone).state_dict(), path)
    reads = []
    load = torch.load
    monkeypatch.setattr(
        torch, 'load', lambda *args, **kwargs:
        (reads.append(args[0]), load(*args, **kwargs))[1])
    model = PlayerReID(
        backbone=dict(
            backbone, init_cfg=dict(type='Pretrained', checkpoint=path)),
        neck=dict(type='GlobalAveragePooling'))
    model.init_weights()
    assert reads == [path]
