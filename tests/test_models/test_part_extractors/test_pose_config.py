from pathlib import Path

import mmpose
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope

from snreid_mm.models.part_extractors.pose_config import (build_pose_estimator,
                                                          pose_input_size,
                                                          pose_normalization,
                                                          read_pose_config)
from snreid_mm.models.utils.probing import build_part

MODEL = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor', mean=[1.], std=[2.], bgr_to_rgb=True),
    backbone=dict(type='ResNet', depth=18),
    head=dict(
        type='HeatmapHead',
        in_channels=512,
        out_channels=5,
        deconv_out_channels=None,
        decoder=dict(
            type='MSRAHeatmap',
            input_size=(24, 32),
            heatmap_size=(6, 8),
            sigma=1.)))
FILE = f'default_scope = \'mmpose\'\nmodel = {MODEL!r}\n'


def test_every_form_of_config(tmp_path):
    path = tmp_path / 'pose.py'
    path.write_text(FILE)
    for given in (MODEL, dict(model=MODEL), Config(dict(model=MODEL)),
                  Config(MODEL), str(path)):
        assert read_pose_config(given) == (MODEL, None)
    config, _ = read_pose_config(MODEL)
    config['head']['type'] = 'CPMHead'
    assert MODEL['head']['type'] == 'HeatmapHead'  # a copy


def test_a_preprocessor_beside_the_model():
    model = {k: v for k, v in MODEL.items() if k != 'data_preprocessor'}
    whole = dict(model=model, data_preprocessor=MODEL['data_preprocessor'])
    assert read_pose_config(whole)[0] == MODEL
    whole = dict(model=MODEL, data_preprocessor={})
    assert read_pose_config(whole)[0] == MODEL


def test_no_config():
    for name in ('none.py', 'mmpretrain::resnet/resnet50_8xb32_in1k.py'):
        with pytest.raises(FileNotFoundError, match=f"is '{name}', but there "
                           'is no such config file'):
            read_pose_config(name)
    with pytest.raises(ValueError, match='pose_estimator has no backbone'):
        read_pose_config(dict(type='TopdownPoseEstimator'))
    for given in (MODEL, 'pose.py'):
        with pytest.raises(ValueError, match='checkpoint=True.*path or URL'):
            read_pose_config(given, pretrained=True)


@pytest.fixture
def folder_of_mmpose():
    if not (Path(mmpose.__file__).parent / '.mim').is_dir():
        pytest.skip('this MMPose was installed without its configs')
    return 'mmpose::body_2d_keypoint/topdown_heatmap/coco/'


def test_a_config_of_mmposes(folder_of_mmpose):
    name = f'{folder_of_mmpose}td-hm_hrnet-w32_8xb64-210e_coco-256x192.py'
    config, url = read_pose_config(name)
    assert config['backbone']['type'] == 'HRNet' and url is None
    assert pose_input_size(config) == (256, 192)
    assert pose_normalization(config).to_rgb
    # Its weights are looked up by the same name, with and without .py.
    again, url = read_pose_config(name[:-3], pretrained=True)
    assert again == config and url.endswith('.pth')


def test_a_name_that_mmpose_does_not_have(folder_of_mmpose, monkeypatch):
    file = 'td-hm_res50_8xb64-210e_coco-256x192'
    for name in (f'mmpose::{file}', f'mmpose::body_2d_keypoint/{file}.p'):
        with pytest.raises(FileNotFoundError) as raised:
            read_pose_config(name)
        assert str(raised.value) == (
            f"pose_estimator is {name!r}, but MMPose has no config of this "
            'name: give its path below configs, such as '
            f"'{folder_of_mmpose}{file}.py'.")
    with pytest.raises(FileNotFoundError, match='below configs.$'):
        read_pose_config('mmpose::qqqq')
    monkeypatch.setattr(mmpose, '__file__', '/nowhere/mmpose/__init__.py')
    with pytest.raises(FileNotFoundError, match='without its configs'):
        read_pose_config(f'{folder_of_mmpose}{file}')


def test_what_the_images_must_be():
    assert pose_normalization(MODEL) == ([1.], [2.], True)
    assert pose_normalization({}) == (None, None, False)
    assert pose_normalization(dict(data_preprocessor=None)).mean is None
    assert pose_input_size(MODEL) == (32, 24)
    decoder = dict(input_size=(3, 4))
    assert pose_input_size(dict(head=dict(decoder=[{}, decoder]))) == (4, 3)
    for head in (None, {}, dict(decoder=None), dict(decoder={})):
        assert pose_input_size(dict(head=head)) is None


def test_types_are_mmposes():
    from mmpose.models import HeatmapHead, ResNet, TopdownPoseEstimator
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        whole = build_pose_estimator(MODEL, with_head=True)
        alone = build_pose_estimator(MODEL, with_head=False)
    assert type(whole) is TopdownPoseEstimator
    assert type(whole.head) is HeatmapHead
    assert type(whole.backbone) is type(alone.backbone) is ResNet
    names = set(alone.state_dict())
    assert names == {n for n in whole.state_dict() if 'head' not in n}


def change(part, **values):
    return {**MODEL, part: {**(MODEL[part] or {}), **values}}


@pytest.mark.parametrize('config, message', [
    (change('backbone', type='ConvNeXt'), 'ConvNeXt is not in the mmpose'),
    (change('backbone', _scope_='mmpretrain', type='HourglassNet'),
     'HourglassNet is not in the mmpretrain'),
    ({**MODEL, 'type': 'ImageClassifier'}, 'ImageClassifier is not in the mm'),
])
def test_types_of_another_package_are_not_taken(config, message):
    with DefaultScope.overwrite_default_scope('mmpretrain'), \
            pytest.raises(KeyError, match=message):
        build_pose_estimator(config, with_head=True)


def test_a_type_without_its_scope_is_not_taken_for_another():
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        for type_ in ('CPM', 'HourglassNet', 'TopdownPoseEstimator'):
            with pytest.raises(TypeError, match='not in the mmpretrain'):
                build_part(dict(type=type_), 'model.part_extractor')


def test_heatmaps_need_a_head():
    with pytest.raises(ValueError, match='has no head.*output=\'features\''):
        build_pose_estimator({**MODEL, 'head': None}, with_head=True)


@pytest.mark.parametrize('part', [
    dict(_scope_='nopackage', type='ResNet', depth=18),
    dict(type='ResNet', plugins=[dict(_scope_='nopackage', type='Block')]),
])
def test_a_scope_that_is_not_installed(part):
    with pytest.raises(
            ImportError,
            match=r'pose_estimator.backbone\S* \(.*the package nopackage, '
            'which is not installed'):
        build_pose_estimator({**MODEL, 'backbone': part}, with_head=True)


def test_a_package_that_does_not_import(tmp_path, monkeypatch):
    # As MMDetection without MMCV's compiled operators.
    package = tmp_path / 'halfpackage'
    package.mkdir()
    (package / '__init__.py').write_text('')
    (package / 'registry.py').write_text('''
from mmengine.registry import MODELS as ROOT, Registry
MODELS = Registry('model', parent=ROOT, locations=['halfpackage.models'])
''')
    (package / 'models.py').write_text('import mmcv_operators\n')
    monkeypatch.syspath_prepend(tmp_path)
    backbone = dict(type='halfpackage.CSPNeXt')
    with pytest.raises(ImportError, match='mmcv_operators'):
        build_pose_estimator({**MODEL, 'backbone': backbone}, with_head=True)
