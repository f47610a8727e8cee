import pytest
import torch
from mmengine.config import ConfigDict
from mmpose.registry import MODELS
from torch import nn

from snreid_mm.models.part_extractors import (check_pose_checkpoint,
                                              load_pose_checkpoint)


def estimator(keypoints=17):
    return MODELS.build(
        ConfigDict(
            type='mmpose.TopdownPoseEstimator',
            _scope_='mmpose',
            backbone=dict(
                type='ResNet', depth=18, stem_channels=4, base_channels=4),
            head=dict(
                type='HeatmapHead',
                in_channels=32,
                out_channels=keypoints,
                deconv_out_channels=None,
                decoder=dict(
                    type='MSRAHeatmap',
                    input_size=(32, 64),
                    heatmap_size=(1, 2),
                    sigma=1))))


@pytest.fixture
def saved(tmp_path):
    source = estimator()
    path = tmp_path / 'pose.pth'
    torch.save(dict(state_dict=source.state_dict(), meta={}), path)
    return source, str(path)


@pytest.mark.parametrize('load', [load_pose_checkpoint,
                                  check_pose_checkpoint])
def test_what_fits_is_loaded(saved, load):
    source, path = saved
    model = estimator()
    load(model, path)
    for key, value in source.state_dict().items():
        assert torch.equal(model.state_dict()[key], value)


@pytest.mark.parametrize('load', [load_pose_checkpoint,
                                  check_pose_checkpoint])
def test_what_does_not_fit_is_refused(saved, tmp_path, load):
    _, path = saved
    with pytest.raises(
            ValueError,
            match=r'does not fit the pose estimator \(ResNet, HeatmapHead\): '
            '2 weights are of another shape .* that it was trained with'):
        load(estimator(16), path)
    with pytest.raises(FileNotFoundError, match='no checkpoint'):
        load(estimator(), str(tmp_path / 'none.pth'))


def test_other_models_are_left_to_themselves(saved):
    model = nn.Linear(2, 2)
    before = model.weight.clone()
    check_pose_checkpoint(model, saved[1])
    assert torch.equal(model.weight, before)
