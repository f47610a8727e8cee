import mmpose
import pytest
from mmengine.config import Config
from mmengine.registry import DefaultScope

from snreid_mm.models.part_extractors import check_scope, pose_config
from snreid_mm.models.part_extractors.pose_config import (build_pose_estimator,
                                                          find_model,
                                                          pose_input_size,
                                                          pose_normalization,
                                                          read_pose_config)

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


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A model index as MMPose installs it."""
    folder = tmp_path / 'mmpose/.mim'
    (folder / 'configs').mkdir(parents=True)
    (folder / 'model-index.yml').write_text('Import:\n- configs/a.yml\n')
    (folder / 'configs/net.py').write_text(FILE)
    (folder / 'configs/a.yml').write_text('''
Models:
- Name: td-hm_net_coco-32x24
  Config: configs/net.py
  Alias: [net, small]
  Weights: https://example.com/net.pth
- Name: unpublished
  Config: configs/net.py
''')
    monkeypatch.setattr(mmpose, '__file__', str(folder.parent / '__init__.py'))
    return folder


def test_every_form_of_config(index, tmp_path):
    path = tmp_path / 'pose.py'
    path.write_text(FILE)
    url = 'https://example.com/net.pth'
    for given, weights in ((MODEL, None), (dict(model=MODEL), None),
                           (Config(dict(model=MODEL)), None),
                           (Config(MODEL), None), (str(path), None),
                           ('td-hm_net_coco-32x24', url), ('Small', url),
                           ('unpublished', None)):
        assert read_pose_config(given) == (MODEL, weights)
    config, _ = read_pose_config(MODEL)
    config['head']['type'] = 'CPMHead'
    assert MODEL['head']['type'] == 'HeatmapHead'  # a copy


def test_a_preprocessor_beside_the_model():
    model = {k: v for k, v in MODEL.items() if k != 'data_preprocessor'}
    whole = dict(model=model, data_preprocessor=MODEL['data_preprocessor'])
    assert read_pose_config(whole)[0] == MODEL
    whole = dict(model=MODEL, data_preprocessor={})
    assert read_pose_config(whole)[0] == MODEL


def test_no_config(index, tmp_path):
    with pytest.raises(FileNotFoundError, match="'none.py', but there is no"):
        read_pose_config('none.py')
    with pytest.raises(
            ValueError, match="'smal'.* the 4 models .* mean 'small'"):
        read_pose_config('smal')
    with pytest.raises(TypeError, match='pose_estimator must be.*is 5'):
        read_pose_config(5)
    with pytest.raises(ValueError, match='pose_estimator has no backbone'):
        read_pose_config(dict(type='TopdownPoseEstimator'))
    path = tmp_path / 'other.py'
    path.write_text('model = dict(backbone=dict(type=\'ResNet\'))')
    with pytest.raises(ValueError, match='other.py has no type'):
        read_pose_config(str(path))


def test_a_checkout_and_no_index(index, tmp_path):
    config = find_model('net')[0]
    # A checkout has the index beside the package.
    index.rename(tmp_path / 'repository')
    (tmp_path / 'mmpose').rename(tmp_path / 'repository/mmpose')
    mmpose.__file__ = str(tmp_path / 'repository/mmpose/__init__.py')
    assert find_model('net')[0] == config.replace('mmpose/.mim', 'repository')
    (tmp_path / 'repository/model-index.yml').unlink()
    with pytest.raises(FileNotFoundError, match='model index .*config file'):
        find_model('net')


def test_the_installed_index():
    try:
        pose_config._index_folder()
    except FileNotFoundError:
        pytest.skip('this MMPose has no model index')
    config, url = read_pose_config('td-hm_hrnet-w32_8xb64-210e_coco-256x192')
    assert config['backbone']['type'] == 'HRNet'
    assert pose_input_size(config) == (256, 192)
    assert pose_normalization(config).to_rgb
    assert url.endswith('.pth')


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
    ({**MODEL, 'head': None}, 'has no head.*output=\'features\''),
    ({**MODEL, 'type': 'ImageClassifier'},
     "type is 'ImageClassifier', which mmpose does not.*'TopdownPoseEst"),
    ({**MODEL, '_scope_': 'mmpretrain'},
     "type is 'TopdownPoseEstimator', which mmpretrain does not"),
    (change('backbone', type='ConvNeXt'),
     "backbone.type is 'ConvNeXt', which mmpose .*'mmpretrain.ConvNeXt'"),
    (change('head', type='ReIDHead'),
     "head.type is 'ReIDHead', which mmpose .*'snreid_mm.ReIDHead'"),
    (change('backbone', type='HRNett'), "'HRNett'.*check its spelling"),
    (change('backbone', _scope_='mmpretrain', type='HourglassNet'),
     "which mmpretrain does not have: write 'mmpose.HourglassNet'"),
    (change('backbone', depth=19),
     'cannot be built: .*invalid depth 19 for resnet'),
    (change('head', loss=dict(type='NoLoss')), 'cannot be built: .*NoLoss'),
])
def test_what_cannot_be_built(config, message):
    with DefaultScope.overwrite_default_scope('mmpretrain'), \
            pytest.raises(ValueError, match=message):
        build_pose_estimator(config, with_head=True)


@pytest.mark.parametrize('part', [
    dict(_scope_='nopackage', type='CSPNeXt'),
    dict(type='nopackage.CSPNeXt'),
    dict(type='ResNet', plugins=[dict(type='nopackage.Block')]),
])
def test_a_package_that_is_not_installed(part):
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
    with pytest.raises(ImportError, match='mmcv_operators.*install what is'):
        build_pose_estimator({**MODEL, 'backbone': backbone}, with_head=True)


def test_a_scope_that_cannot_be_inferred():
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        for type_ in ('HourglassNet', 'TopdownPoseEstimator'):
            with pytest.raises(
                    ValueError,
                    match=f"part_extractor.type is '{type_}'.*"
                    f"'mmpose.{type_}'.*MMPosePartExtractor"):
                check_scope(dict(type=type_), 'model.part_extractor')
        check_scope(dict(type='HourglassNet', _scope_='mmpose'), 'model')
        for type_ in ('mmpose.HRNet', 'HRNet', 'NoSuchType', dict):
            check_scope(dict(type=type_), 'model.part_extractor')
