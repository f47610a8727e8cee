"""RTMPose and ViTPose as MMPose publishes them, in their smallest form."""

import importlib.util
from pathlib import Path

import mmpose
import pytest
import torch
from mmengine.registry import DefaultScope

from snreid_mm.models import MMPosePartExtractor
from snreid_mm.models.part_extractors.pose_config import read_pose_config

NAMES = dict(
    rtmpose='rtmpose/coco/rtmpose-t_8xb256-420e_coco-256x192',
    vitpose='topdown_heatmap/coco/td-hm_ViTPose-small_8xb64-210e_coco-256x192')
PUBLISHED, CROP = (256, 192), (256, 128)
COMPILED = all(map(importlib.util.find_spec, ('mmdet', 'mmcv._ext')))


def read(family, size):
    """Read the published config, for images of another size."""
    config, _ = read_pose_config(f'mmpose::body_2d_keypoint/{NAMES[family]}.py')
    if size != PUBLISHED:
        height, width = size
        head = config['head']
        head['decoder']['input_size'] = (width, height)
        if family == 'rtmpose':
            head.update(
                input_size=(width, height),
                in_featuremap_size=(width // 32, height // 32))
        else:
            head['decoder']['heatmap_size'] = (width // 4, height // 4)
            config['backbone']['img_size'] = size
    return config


@pytest.mark.parametrize('size', [PUBLISHED, CROP], ids=str)
@pytest.mark.parametrize('family', [
    pytest.param(
        'rtmpose',
        marks=pytest.mark.skipif(
            not COMPILED,
            reason='CSPNeXt is MMDetection\'s, which needs MMCV\'s compiled '
            'operators')), 'vitpose'
])
def test_forward_and_backward(family, size):
    if not (Path(mmpose.__file__).parent / '.mim').is_dir():
        pytest.skip('this MMPose was installed without its configs')
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MMPosePartExtractor(
            pose_estimator=read(family, size), output='both', frozen=False)
    assert model.input_size == size
    maps = model(torch.randn(1, 3, *CROP))
    assert maps.shape == (1, 17 + 384, 16, 8)
    assert maps.isfinite().all() and maps.std((0, 2, 3)).gt(0).all()
    (maps * torch.randn_like(maps)).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
