import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.runner import load_checkpoint
from mmpose.registry import MODELS

from snreid_mm.models.part_extractors import refuse_pose_misfits


def estimator(keypoints=17):
    model = MODELS.build(
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
    refuse_pose_misfits(model)
    return model


@pytest.fixture
def saved(tmp_path):
    source = estimator()
    path = tmp_path / 'pose.pth'
    torch.save(dict(state_dict=source.state_dict(), meta={}), path)
    return source, str(path)


def test_what_fits_is_loaded(saved):
    source, path = saved
    model = estimator()
    load_checkpoint(model, path)
    for key, value in source.state_dict().items():
        assert torch.equal(model.state_dict()[key], value)


def test_names_of_older_versions_fit(saved):
    # MMPose renames them while it loads.
    source, path = saved
    state = {
        key.replace('head.', 'keypoint_head.'): value
        for key, value in source.state_dict().items()
    }
    torch.save(dict(state_dict=state), path)
    model = estimator()
    load_checkpoint(model, path)
    assert torch.equal(model.head.final_layer.weight,
                       source.head.final_layer.weight)


def test_what_does_not_fit_is_refused(saved, tmp_path):
    with pytest.raises(
            ValueError,
            match=r'does not fit the pose estimator \(ResNet, HeatmapHead\): '
            '2 weights are of another shape .* Give the checkpoint and the '
            'config of one pose estimator'):
        load_checkpoint(estimator(16), saved[1])
    with pytest.raises(FileNotFoundError, match='no checkpoint'):
        load_checkpoint(estimator(), str(tmp_path / 'none.pth'))
