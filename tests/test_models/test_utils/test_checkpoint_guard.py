import copy
import logging

import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.model import ExponentialMovingAverage
from mmengine.runner import load_checkpoint, save_checkpoint
from mmpretrain.registry import MODELS as MMPRETRAIN_MODELS
from torch import nn

from snreid_mm.models import PlayerReID
from snreid_mm.registry import MODELS

RESNET = dict(type='ResNet', depth=18, stem_channels=8, base_channels=8)
LINEAR = dict(type='LinearNeck', out_channels=16)
GAP = dict(type='GlobalAveragePooling')


def build(seed=0, num_classes=4, **overrides):
    torch.manual_seed(seed)
    options = dict(
        backbone=RESNET,
        neck=[GAP, LINEAR],
        head=dict(type='snreid_mm.ReIDHead', num_classes=num_classes),
        input_size=(64, 32))
    options.update(overrides)
    return PlayerReID(**options)


@pytest.fixture
def checkpoint(tmp_path):
    """A file as MMEngine writes it, and what it holds."""
    model = build(seed=1)
    path = str(tmp_path / 'epoch_1.pth')
    save_checkpoint(
        dict(meta=dict(epoch=1), state_dict=model.state_dict()), path)
    return path, model.state_dict()


@pytest.fixture
def log():
    """What is logged while a checkpoint is loaded."""
    records = []

    class Handler(logging.Handler):

        def emit(self, record):
            records.append(record)

    logger = MMLogger.get_instance('checkpoint_guard')
    handler = Handler()
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


def assert_embedding_loaded(model, state):
    for key, value in model.state_dict().items():
        if not key.startswith('head.'):
            assert torch.equal(value, state[key]), key


def assert_same(model, state):
    assert set(model.state_dict()) == set(state)
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_the_same_model_loads(checkpoint, log):
    path, state = checkpoint
    model = build()
    load_checkpoint(model, path, map_location='cpu')
    assert_same(model, state)
    assert not [r for r in log if r.levelno >= logging.WARNING]


@pytest.mark.parametrize('strict', [False, True])
def test_another_number_of_identities(checkpoint, log, strict):
    path, state = checkpoint
    model = build(num_classes=7)
    initial = copy.deepcopy(model.head.state_dict())
    load_checkpoint(model, path, strict=strict)
    assert_embedding_loaded(model, state)
    for key, value in model.head.state_dict().items():
        assert torch.equal(value, initial[key])
    warnings = [r.getMessage() for r in log if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert '2 weights keep their initial values' in warnings[0]
    assert 'head.classifier.weight' in warnings[0]


@pytest.mark.parametrize(
    'overrides',
    [dict(num_classes=None), dict(head=None)])
def test_a_model_without_classifier(checkpoint, log, overrides):
    path, state = checkpoint
    model = build(**overrides)
    load_checkpoint(model, path, strict=True)
    assert_embedding_loaded(model, state)
    assert not [r for r in log if r.levelno >= logging.WARNING]
    assert any('do not fit' in r.getMessage() for r in log)


def test_a_checkpoint_without_head():
    state = build(seed=1, head=None).state_dict()
    model = build()
    model.load_state_dict(state)  # strict
    assert_embedding_loaded(model, state)


@pytest.mark.parametrize(
    'overrides, message',
    [
        # Another depth: all its keys begin alike, and many are missing.
        (dict(backbone=dict(RESNET, depth=34)),
         r'weights are missing from it \(backbone\.layer1\.2\.conv1\.weight '
         r'\(8, 8, 3, 3\), .*backbone ResNet\(depth=34\)'),
        # Another width: shapes differ.
        (dict(backbone=dict(RESNET, base_channels=16)),
         r'of another shape \(backbone\.layer1\.0\.conv1\.weight '
         r"\(8, 8, 3, 3\), the model's \(16, 8, 3, 3\)"),
        # Another family.
        (dict(backbone=dict(type='ConvNeXt', arch='atto')),
         r'missing from it.*; .* unknown to the model \(backbone\.conv1\.weight'
         r" \(8, 3, 7, 7\).*backbone ConvNeXt, no part_extractor"),
        # Another embedding.
        (dict(neck=[GAP, dict(LINEAR, out_channels=8)]),
         r'neck\.1\.fc\.weight \(16, 64\), the model\'s \(8, 64\)'),
        (dict(neck=GAP), r'unknown to the model \(neck\.1\.fc\.weight'),
        # Two streams.
        (dict(
            part_extractor=nn.Conv2d(3, 4, 32, 32),
            neck=nn.Sequential(
                type('Cat', (nn.Module, ),
                     dict(forward=lambda self, x: torch.cat(x, 1)))(),
                nn.AdaptiveAvgPool2d(1), nn.Flatten())),
         r'2 weights are missing from it \(part_extractor\.weight '
         r'\(4, 3, 32, 32\)'
         r', part_extractor\.bias \(4,\)\)'),
    ])
def test_another_model_is_refused(checkpoint, overrides, message):
    path, _ = checkpoint
    model = build(**overrides)
    with pytest.raises(ValueError, match=message) as error:
        load_checkpoint(model, path, strict=False)
    assert 'Is it a checkpoint of another model?' in str(error.value)
    assert '\n' not in str(error.value)


def test_a_two_stream_checkpoint_is_refused(checkpoint, tmp_path):
    _, state = checkpoint
    path = str(tmp_path / 'two_streams.pth')
    save_checkpoint(
        dict(state_dict={
            **state, 'part_extractor.weight': torch.rand(4, 3, 32, 32)
        }), path)
    with pytest.raises(
            ValueError,
            match=r'1 weight is unknown to the model \(part_extractor\.weight'
            r'.*no part_extractor'):
        load_checkpoint(build(), path)


def test_a_classifier_of_imagenet_is_refused(tmp_path):
    path = str(tmp_path / 'resnet.pth')
    torch.save(MODELS.build(RESNET).state_dict(), path)
    with pytest.raises(ValueError, match=r'model\.backbone\.init_cfg'):
        load_checkpoint(build(), path)


def test_torch_refuses_too(checkpoint):
    _, state = checkpoint
    model = build(backbone=dict(RESNET, depth=34))
    for strict in (False, True):
        with pytest.raises(ValueError, match='does not fit the model'):
            model.load_state_dict(state, strict=strict)
    # An error leaves the model able to load what fits.
    model.load_state_dict(model.state_dict())


def test_counters_of_batches_may_be_missing(checkpoint):
    _, state = checkpoint
    old = {
        key: value
        for key, value in state.items() if 'num_batches_tracked' not in key
    }
    model = build()
    model.load_state_dict(old, strict=False)
    assert_embedding_loaded(model, {
        **model.state_dict(),
        **{
            k: old[k]
            for k in old
        }
    })


def test_position_embeddings_of_another_size_are_adapted():
    vit = dict(type='VisionTransformer', arch='deit-tiny')
    state = build(backbone=dict(vit, img_size=(32, 32)), seed=1).state_dict()
    model = build(backbone=dict(vit, img_size=(64, 32)))
    model.load_state_dict(state)
    assert torch.equal(model.backbone.cls_token, state['backbone.cls_token'])


def test_inside_other_models(checkpoint, tmp_path):
    path, state = checkpoint
    # Wrapped, as `nn.DataParallel` and averaged models save it.
    average = ExponentialMovingAverage(build(num_classes=7))
    prefixed = {'module.' + key: value for key, value in state.items()}
    average.load_state_dict({**prefixed, 'steps': torch.tensor(3)})
    assert_embedding_loaded(average.module, state)
    load_checkpoint(nn.parallel.DataParallel(build()), path)
    average = ExponentialMovingAverage(build(backbone=dict(RESNET, depth=34)))
    with pytest.raises(ValueError, match=r'module\.backbone\.layer1\.2'):
        average.load_state_dict(prefixed, strict=False)

    # As MMPretrain's retriever holds it.
    retriever = MMPRETRAIN_MODELS.build(
        dict(
            type='mmpretrain.ImageToImageRetriever',
            image_encoder=build(num_classes=None),
            prototype=torch.eye(16)))
    nested = str(tmp_path / 'retriever.pth')
    torch.save({'image_encoder.' + k: v for k, v in state.items()}, nested)
    load_checkpoint(retriever, nested)
    assert_embedding_loaded(retriever.image_encoder, state)
    with pytest.raises(ValueError, match=r'image_encoder\.backbone\.conv1'):
        load_checkpoint(retriever, path)


def test_copies_are_guarded_too(checkpoint):
    path, state = checkpoint
    model = copy.deepcopy(build())
    load_checkpoint(model, path)
    assert_same(model, state)
    with pytest.raises(ValueError, match='does not fit the model'):
        model.load_state_dict({}, strict=False)


def test_pretrained_model_by_config(checkpoint):
    path, state = checkpoint
    pretrained = dict(type='Pretrained', checkpoint=path)
    model = build(init_cfg=pretrained)
    model.init_weights()
    assert_same(model, state)
    model = build(init_cfg=pretrained, neck=GAP)
    with pytest.raises(ValueError, match='does not fit the model'):
        model.init_weights()
