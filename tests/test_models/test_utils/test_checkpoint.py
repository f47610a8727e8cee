import copy
import logging
import pickle
from collections import OrderedDict

import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.model import BaseModule, ExponentialMovingAverage
from mmengine.runner import load_checkpoint, save_checkpoint
from mmpretrain.registry import MODELS as MMPRETRAIN_MODELS
from torch import nn

from snreid_mm.models import PlayerReID
from snreid_mm.models.utils.checkpoint import CheckpointRule, refuse_misfits
from snreid_mm.registry import MODELS

RESNET = dict(type='ResNet', depth=18, stem_channels=8, base_channels=8)
LINEAR = dict(type='LinearNeck', out_channels=16)
GAP = dict(type='GlobalAveragePooling')

# -- any module ---------------------------------------------------------------


class Network(BaseModule):

    def __init__(self, init_cfg=None, **rule):
        super().__init__(init_cfg)
        self.conv = nn.Conv2d(3, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.last = nn.Conv2d(4, 2, 1)
        refuse_misfits(self, CheckpointRule('the net', 'Try another.', **rule))


def by_init_cfg(path, state, **rule):
    model = Network(dict(type='Pretrained', checkpoint=path), **rule)
    model.init_weights()
    return model


def by_prefix(path, state, **rule):
    torch.save({f'backbone.{k}': v for k, v in state.items()}, path)
    model = Network(
        dict(type='Pretrained', checkpoint=path, prefix='backbone.'), **rule)
    model.init_weights()
    return model


def by_load_checkpoint(path, state, **rule):
    model = Network(**rule)
    load_checkpoint(model, path)
    return model


def by_torch(path, state, **rule):
    model = Network(**rule)
    model.load_state_dict(state, strict=False)
    return model


def by_torch_strictly(path, state, **rule):
    model = Network(**rule)
    model.load_state_dict(state)
    return model


def by_a_parent(path, state, **rule):
    model = nn.Sequential(OrderedDict(part=Network(**rule)))
    torch.save({f'part.{k}': v for k, v in state.items()}, path)
    load_checkpoint(model, path)
    return model.part


@pytest.fixture(params=[
    by_init_cfg, by_prefix, by_load_checkpoint, by_torch, by_torch_strictly,
    by_a_parent
])
def load(request, tmp_path):
    """Every way in."""

    def function(state, **rule):
        path = str(tmp_path / 'weights.pth')
        torch.save(dict(state), path)
        return request.param(path, dict(state), **rule)

    function.way = request.param
    return function


def test_what_fits(load):
    state = Network().state_dict()
    for key, value in load(state).state_dict().items():
        assert torch.equal(value, state[key])


def test_what_may_be_missing_unknown_or_of_another_shape(load):
    state = dict(Network().state_dict(), **{'head.weight': torch.zeros(3)})
    del state['last.bias'], state['bn.num_batches_tracked']
    state['last.weight'] = torch.zeros(5)
    model = load(state, free=('last', 'head'))
    assert torch.equal(model.conv.weight, state['conv.weight'])
    assert model.last.weight.shape == (2, 4, 1, 1)
    # The longest name decides.
    with pytest.raises(
            ValueError,
            match=r'1 weight is missing from it \((part.)?last.bias \(2,\)\)'):
        load(state, free=('last', 'head'), guarded=('', 'last.bias'))


@pytest.mark.parametrize('change, message', [
    (lambda s: [s.pop('conv.weight'), s.pop('conv.bias')],
     r'2 weights are missing from it \((part.)?conv.weight \(4, 3, 3, 3\), '
     r'(part.)?conv.bias \(4,\)\). Try another.'),
    (lambda s: s.update({'extra.weight': torch.zeros(7)}),
     r'1 weight is unknown to the model \((part.)?extra.weight \(7,\)\)'),
    (lambda s: s.update({'last.bias': torch.zeros(5)}),
     r'of another shape \((part.)?last.bias \(5,\), the model\'s \(2,\)\)'),
    (lambda s: [s.clear(), s.update({'model.conv.weight': torch.zeros(1)})],
     r'none of its 1 weights fits \(its first is (part.)?model.conv.weight '
     r'\(1,\), the first that is needed (part.)?conv.weight \(4, 3, 3, 3\)'),
    (lambda s: [s.clear(), s.update({'conv.weight': torch.zeros(1)})],
     'none of its 1 weights fits'),
    (lambda s: s.update({'conv.bias': 'no tensor'}), 'conv.bias'),
])
def test_what_fits_in_part(load, change, message):
    state = dict(Network().state_dict())
    change(state)
    with pytest.raises(
            ValueError, match=f'checkpoint does not fit the net: .*{message}'):
        load(state)


def test_a_part_is_enough_where_the_rule_says_so(load):
    state = dict(Network().state_dict())
    for key in ('conv.weight', 'conv.bias', 'bn.weight', 'bn.bias',
                'last.bias'):
        del state[key]
    if load.way is by_torch_strictly:
        return  # PyTorch refuses a part by itself.
    model = load(state, partly=True)
    assert torch.equal(model.last.weight, state['last.weight'])
    del state['last.weight']  # Running means alone are no weights.
    with pytest.raises(ValueError, match='none of its 3 weights fits'):
        load(state, partly=True)
    with pytest.raises(ValueError, match='none of its 0 weights fits'):
        Network(partly=True).load_state_dict({}, strict=False)


def test_a_failed_load_leaves_the_judge_in_place():
    class Stops(nn.Linear):

        def _load_from_state_dict(self, *args):
            raise KeyError('stop')

    model = Network()
    model.stops = Stops(1, 1)
    with pytest.raises(KeyError, match='stop'):
        model.load_state_dict({}, strict=False)
    del model.stops
    with pytest.raises(ValueError, match='does not fit the net'):
        model.load_state_dict({}, strict=False)
    model.load_state_dict(model.state_dict())


def test_copies_judge_for_themselves():
    model = Network()
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        other.last = nn.Conv2d(4, 3, 1)
        with pytest.raises(ValueError, match='2 weights are of another shape'):
            other.load_state_dict(model.state_dict(), strict=False)
        model.load_state_dict(model.state_dict())


# -- a model ------------------------------------------------------------------


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

    logger = MMLogger.get_instance('checkpoint')
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
         r'\(8, 8, 3, 3\), .*The config has backbone ResNet, no part_ex'),
        # Another width: shapes differ.
        (dict(backbone=dict(RESNET, base_channels=16)),
         r'of another shape \(backbone\.layer1\.0\.conv1\.weight '
         r"\(8, 8, 3, 3\), the model's \(16, 8, 3, 3\)"),
        # Another family.
        (dict(backbone=dict(type='ConvNeXt', arch='atto')),
         r'missing from it.*; .* unknown to the model \(backbone\.conv1\.'
         r'weight \(8, 3, 7, 7\)'),
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


@pytest.mark.parametrize('source, error, reason', [
    ('none.pth', FileNotFoundError, 'There is no checkpoint'),
    # Nobody listens at this port.
    ('http://127.0.0.1:9/none.pth', ConnectionError, 'cannot be fetched'),
])
@pytest.mark.parametrize('overrides, key', [
    (lambda cfg: dict(init_cfg=cfg), 'model.init_cfg'),
    (lambda cfg: dict(backbone=dict(RESNET, init_cfg=[cfg])),
     'model.backbone.init_cfg'),
    (lambda cfg: dict(neck=[GAP, dict(LINEAR, init_cfg=cfg)]),
     'model.neck.1.init_cfg'),
])
def test_the_key_of_weights_that_are_not_there(tmp_path, monkeypatch, source,
                                               error, reason, overrides, key):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    # What is there is not what is concerned.
    path = str(tmp_path / 'backbone.pth')
    torch.save(MODELS.build(RESNET).state_dict(), path)
    there = dict(type='Pretrained', checkpoint=path)
    model = build(
        **{
            'backbone': dict(RESNET, init_cfg=there),
            **overrides(dict(type='Pretrained', checkpoint=source))
        })
    with pytest.raises(error, match=f'{source}.* {key} starts from it: '
                       f'.* with {key}=None') as raised:
        model.init_weights()
    assert reason in str(raised.value)
