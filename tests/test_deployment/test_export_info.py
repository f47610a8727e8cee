import json

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from small_networks import PIPELINE, SIZE, build, info_of

from snreid_mm.deployment import ExportInfo, read_resize


@pytest.fixture(scope='module')
def model():
    return build('vit')


def test_it_survives_the_metadata(model):
    info = info_of(model)
    assert ExportInfo.from_metadata(
        dict(snreid_mm=info.to_json()), 'a.onnx') == info


@pytest.mark.parametrize('change, text', [
    (lambda content: None, "no metadata 'snreid_mm'"),
    (lambda content: '{', 'a.onnx'),
    (lambda content: '[]', 'another version'),
    (lambda content: json.dumps({**content, 'more': 1}), 'another version'),
    (lambda content: json.dumps({**content, 'resize_backend': 'os'}),
     'another version'),
])
def test_other_metadata_are_refused(model, change, text):
    changed = change(json.loads(info_of(model).to_json()))
    metadata = {} if changed is None else dict(snreid_mm=changed)
    with pytest.raises(ValueError, match=text) as error:
        ExportInfo.from_metadata(metadata, 'a.onnx')
    assert 'export_onnx.py' in str(error.value)


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
def test_crops_are_resized_as_by_the_pipeline(model, backend):
    crop = np.random.default_rng(0).integers(
        0, 256, (90, 51, 3), dtype=np.uint8)
    resize = dict(type='Resize', scale=SIZE[::-1], backend=backend)
    expected = Compose([resize])(dict(img=crop))['img']
    height, width, interpolation, library = read_resize(
        [PIPELINE[0], resize, PIPELINE[2]])
    assert (height, width) == SIZE
    info = info_of(
        model, interpolation=interpolation, resize_backend=library)
    assert np.array_equal(info.resize(crop), expected)


def test_images_are_normalized_as_by_the_model(model):
    images = torch.randint(256, (2, 3, *SIZE), dtype=torch.uint8)
    expected = model.data_preprocessor(dict(inputs=images))['inputs']
    np.testing.assert_allclose(
        info_of(model).prepare(images.numpy()), expected, atol=1e-6)
    for kind in ('uint8', 'float32'):
        info = info_of(model, folded=True, input_type=kind)
        prepared = info.prepare(images.numpy())
        assert prepared.dtype == kind
        assert np.array_equal(prepared, images)
    info = info_of(model, mean=None, std=None, to_rgb=False)
    assert np.array_equal(info.prepare(images.numpy()), images)


@pytest.mark.parametrize('steps, text', [
    ([], 'has nothing between'),
    ([dict(type='Resize', scale=(4, 8)),
      dict(type='CenterCrop', crop_size=4)], 'has Resize, CenterCrop'),
    ([dict(type='RandomFlip', prob=.5)], 'has RandomFlip'),
    ([dict(type='Resize', scale=(4, 8), keep_ratio=True)], 'many sizes'),
    ([dict(type='Resize', scale_factor=.5)], 'many sizes'),
])
def test_what_a_file_cannot_tell_is_refused(steps, text):
    with pytest.raises(ValueError, match=text):
        read_resize([PIPELINE[0], *steps, PIPELINE[2]])
    assert read_resize([dict(type='Resize', scale=32)])[:2] == (32, 32)
