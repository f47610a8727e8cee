from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.datasets.transforms import PackPoseInputs, RandomFlip
from mmpose.models import TopdownPoseEstimator

from snreid_mm.datasets.transforms import ResizeCropWithKeypoints
from snreid_mm.registry import TRANSFORMS


def sample(height, width, keypoints=None):
    """A grey ramp and, if given, its keypoints."""
    x = np.linspace(0, 255, width)[None, :, None]
    image = np.broadcast_to(x, (height, width, 3)).astype(np.uint8)
    results = dict(
        img=image,
        img_shape=(height, width),
        ori_shape=(height, width),
        bbox=np.float32([[0, 0, width - 1, height - 1]]),
        bbox_score=np.ones(1, np.float32))
    if keypoints is not None:
        results['keypoints'] = np.float32(keypoints)[None]
        results['keypoints_visible'] = np.ones((1, len(keypoints)))
    return results


@pytest.mark.parametrize('height, width', [(80, 20), (31, 47), (900, 400),
                                           (256, 128), (1, 1)])
def test_geometry(height, width):
    points = [(0, 0), (width, height), (width / 2, height / 4)]
    results = ResizeCropWithKeypoints((128, 256))(
        sample(height, width, points))
    assert results['img'].shape == (256, 128, 3)
    assert results['img_shape'] == (256, 128)
    assert results['ori_shape'] == (height, width)
    assert results['input_size'] == (128, 256)
    # The corners of the crop are the corners of the input.
    np.testing.assert_allclose(results['transformed_keypoints'],
                               [[(0, 0), (128, 256), (64, 64)]], rtol=1e-6)
    # The crop's own are the truth of the evaluation, and stay.
    np.testing.assert_array_equal(results['keypoints'], np.float32([points]))
    for key in ('bbox_center', 'input_center'):
        np.testing.assert_array_equal(
            results[key].reshape(2), (width / 2, height / 2))
    for key in ('bbox_scale', 'input_scale'):
        np.testing.assert_array_equal(results[key].reshape(2),
                                      (width, height))
    assert results['bbox_center'].shape == results['bbox_scale'].shape == (1,
                                                                           2)


def test_pixels_go_where_keypoints_go():
    results = sample(40, 20, [(5.5, 10.5)])
    image = np.zeros((40, 20, 3), np.uint8)
    image[10, 5] = 255  # its middle is at (5.5, 10.5)
    results['img'] = image
    results = ResizeCropWithKeypoints((120, 120))(results)
    bright = results['img'][..., 0].astype(float)
    ys, xs = np.mgrid[:120, :120] + 0.5
    middle = [(each * bright).sum() / bright.sum() for each in (xs, ys)]
    np.testing.assert_allclose(
        results['transformed_keypoints'][0, 0], middle, atol=0.1)


@pytest.mark.parametrize('height, width', [(80, 20), (31, 47), (900, 400)])
def test_mmpose_brings_predictions_back(height, width):
    points = np.random.default_rng(0).uniform(0, 1, (17, 2)) * (width, height)
    packed = PackPoseInputs()(
        ResizeCropWithKeypoints((64, 128))(sample(height, width, points)))
    data_sample = packed['data_samples']
    on_input = points / (width, height) * (64, 128)
    back, = TopdownPoseEstimator.add_pred_to_datasample(
        SimpleNamespace(test_cfg={}), [InstanceData(keypoints=on_input[None].copy(),
                      keypoint_scores=np.ones((1, 17)))], None, [data_sample])
    np.testing.assert_allclose(
        back.pred_instances.keypoints[0], points, atol=1e-3)
    # MMPose >= 1.2 does the same with what is in the meta information.
    meta = data_sample.metainfo
    np.testing.assert_allclose(
        on_input / meta['input_size'] * meta['input_scale'] +
        meta['input_center'] - meta['input_scale'] / 2, points, atol=1e-3)
    assert isinstance(packed['inputs'], torch.Tensor)


@pytest.mark.parametrize('none', [True, False])
def test_without_keypoints(none):
    results = sample(40, 20)
    if none:
        results['keypoints'] = None
    results = ResizeCropWithKeypoints((64, 128))(results)
    assert results['img'].shape == (128, 64, 3)
    assert 'transformed_keypoints' not in results


def test_registered():
    transform = TRANSFORMS.build(
        dict(type='snreid_mm.ResizeCropWithKeypoints', input_size=[64, 128]))
    assert repr(transform) == 'ResizeCropWithKeypoints(input_size=(64, 128))'


@pytest.mark.parametrize('direction', ['horizontal', 'vertical', 'diagonal'])
def test_flipped_keypoints_stay_on_their_pixels(direction):
    """MMPose mirrors indices of pixels, joints lie between the edges."""
    results = sample(40, 20, [(5.5, 10.5)])
    image = np.zeros((40, 20, 3), np.uint8)
    image[10, 5] = 255  # its middle is at (5.5, 10.5)
    results.update(img=image, flip_indices=[0])
    flipped = RandomFlip(prob=1.0, direction=direction)(results)
    row, column = np.argwhere(flipped['img'][..., 0])[0]
    results = ResizeCropWithKeypoints((20, 40))(flipped)
    np.testing.assert_allclose(results['transformed_keypoints'][0, 0],
                               (column + 0.5, row + 0.5))
