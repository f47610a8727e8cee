from types import SimpleNamespace

import pytest
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS, MODELS

from snreid_mm.engine import PoseCheckHook
from snreid_mm.registry import HOOKS

CODEC = dict(
    type='mmpose.MSRAHeatmap',
    input_size=(32, 64),
    heatmap_size=(8, 16),
    sigma=1)


def model(head=None, **codec):
    return MODELS.build(
        ConfigDict(
            type='mmpose.TopdownPoseEstimator',
            _scope_='mmpose',
            backbone=dict(
                type='mmpose.ResNet',
                depth=18,
                stem_channels=4,
                base_channels=4),
            head=dict(
                dict(
                    type='HeatmapHead',
                    in_channels=32,
                    out_channels=17,
                    deconv_out_channels=(4, 4, 4),
                    deconv_kernel_sizes=(4, 4, 4),
                    loss=dict(type='KeypointMSELoss'),
                    decoder=dict(CODEC, **codec)), **head or {})))


@pytest.fixture(autouse=True)
def scope():
    """That of every config, under which a runner builds."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield


@pytest.fixture(scope='module')
def ann_file(tiny_pitch):
    return str(tiny_pitch / 'keypoints' / 'train.json')


def dataset(ann_file, size=(32, 64), wrap=None, **codec):
    inner = dict(
        type='mmpose.CocoDataset',
        ann_file=ann_file,
        pipeline=[
            dict(type='mmpose.LoadImage'),
            dict(type='snreid_mm.ResizeCropWithKeypoints', input_size=size),
            dict(
                type='mmpose.GenerateTarget', encoder=dict(CODEC, **codec)),
        ])
    return DATASETS.build(Config(dict(d=wrap(inner) if wrap else inner)).d)


def runner(model, train, val=None):
    loaders = [
        None if each is None else SimpleNamespace(dataset=each)
        for each in (train, val)
    ]
    return SimpleNamespace(
        model=model,
        train_dataloader=loaders[0],
        test_dataloader=loaders[0],
        val_dataloader=loaders[1],
        val_loop=None if val is None else object())


def refused(match, model, train, val=None):
    with pytest.raises(ValueError, match=match):
        PoseCheckHook().before_train(runner(model, train, val))


def test_what_agrees_passes_and_nothing_changes(ann_file):
    estimator = model().train()
    before = {k: v.clone() for k, v in estimator.state_dict().items()}
    data = dataset(ann_file)
    PoseCheckHook().before_train(runner(estimator, data, data))
    PoseCheckHook().before_test(runner(estimator, data))
    assert estimator.training and estimator.backbone.training
    for key, value in estimator.state_dict().items():
        assert value.equal(before[key])
    # A model that estimates no poses is none of its business.
    PoseCheckHook().before_train(runner(estimator.backbone, data))
    assert HOOKS.get('snreid_mm.PoseCheckHook') is PoseCheckHook


@pytest.mark.parametrize('wrap', [
    None, lambda inner: dict(type='RepeatDataset', times=2, dataset=inner),
    lambda inner: dict(type='ConcatDataset', datasets=[inner])
])
def test_a_size_that_differs_is_refused(ann_file, wrap):
    small = dataset(ann_file, (16, 32), wrap)
    match = (r'ResizeCropWithKeypoints of {} has input_size=\(16, 32\), but '
             r'model.head.decoder has \(32, 64\)')
    refused(match.format('train_dataloader'), model(), small)
    refused(match.format('val_dataloader'), model(), dataset(ann_file), small)
    with pytest.raises(ValueError, match=match.format('test_dataloader')):
        PoseCheckHook().before_test(runner(model(), small))


@pytest.mark.parametrize('codec', [dict(input_size=(16, 32)),
                                   dict(heatmap_size=(4, 8))])
def test_targets_that_differ_are_refused(ann_file, codec):
    key, = codec
    refused(f'encoder of GenerateTarget of train_dataloader has {key}',
            model(), dataset(ann_file, **codec))


def test_heatmaps_that_the_head_does_not_give_are_refused(ann_file):
    data = dataset(ann_file, heatmap_size=(16, 32))
    refused(r'gives heatmaps of \(8, 16\) .* heatmap_size=\(16, 32\)',
            model(heatmap_size=(16, 32)), data)
    data = dataset(ann_file)
    refused('gives 18 heatmaps, but .* 17 keypoints', model(
        dict(out_channels=18)), data)
    refused('do not fit each other', model(dict(in_channels=64)), data)


def test_simcc(ann_file):
    """A head without heatmaps, whose codec has another key."""
    codec = dict(
        type='mmpose.SimCCLabel',
        input_size=(32, 64),
        simcc_split_ratio=2.0,
        sigma=(2., 2.))
    estimator = model(
        dict(
            type='SimCCHead',
            input_size=(32, 64),
            in_featuremap_size=(1, 2),
            simcc_split_ratio=2.0,
            deconv_out_channels=None,
            deconv_kernel_sizes=None,
            deconv_num_groups=None,
            loss=dict(type='KLDiscretLoss'),
            decoder=codec))

    def data(**changes):
        inner = dict(codec, **changes)
        return DATASETS.build(
            dict(
                type='mmpose.CocoDataset',
                ann_file=ann_file,
                pipeline=[
                    dict(type='mmpose.GenerateTarget', encoder=inner)
                ]))

    PoseCheckHook().before_train(runner(estimator, data()))
    refused('simcc_split_ratio', estimator, data(simcc_split_ratio=1.0))
