import sys

import numpy as np
import pytest
from small_networks import SIZE

from snreid_mm.deployment import OnnxBackend


@pytest.fixture(scope='module')
def crops():
    rng = np.random.default_rng(0)
    return [
        rng.integers(0, 256, (20 + 9 * i, 11 + 3 * i, 3), dtype=np.uint8)
        for i in range(9)
    ]


def test_batches_change_nothing(exported, crops):
    for options in (dict(), dict(folded=True, uint8=True, batch_size=7)):
        path = exported('two-stream', **options)[1]
        backend = OnnxBackend(path, batch_size=4, threads=1)
        assert backend.batch_size == options.get('batch_size', 4)
        embeddings = backend.embed(crops)
        assert embeddings.shape == (9, 32) and embeddings.dtype == np.float32
        one_by_one = [backend.embed([crop])[0] for crop in crops]
        np.testing.assert_allclose(embeddings, one_by_one, atol=1e-5)
        assert backend.embed([]).shape == (0, 32)
        lengths = np.linalg.norm(embeddings, axis=1)
        np.testing.assert_allclose(lengths, 1, atol=1e-5)


@pytest.mark.parametrize('crop', [
    np.zeros((8, 4), np.uint8),
    np.zeros((8, 4, 4), np.uint8),
    np.zeros((0, 4, 3), np.uint8),
    np.zeros((8, 4, 3), np.float32), None, 'crop.png'
])
def test_what_is_no_crop_is_named(exported, crops, crop):
    backend = OnnxBackend(exported('vit')[1])
    with pytest.raises(ValueError, match='Crop 2 is .* as cv2.imread does'):
        backend.embed([*crops[:2], crop])


def test_images_of_another_size_are_refused(exported):
    backend = OnnxBackend(exported('vit')[1])
    with pytest.raises(ValueError, match=r'takes \(N, 3, 64, 32\)'):
        backend.embed_images(np.zeros((2, 3, *SIZE[::-1]), np.uint8))


def test_files_that_are_none_of_ours(exported, tmp_path):
    onnx = pytest.importorskip('onnx')
    with pytest.raises(FileNotFoundError, match='no exported file'):
        OnnxBackend(tmp_path / 'none.onnx')
    path = tmp_path / 'text.onnx'
    path.write_text('no model')
    with pytest.raises(ValueError, match='text.onnx cannot be opened'):
        OnnxBackend(path)
    model = onnx.load(str(exported('vit')[1]))
    del model.metadata_props[:]
    onnx.save(model, str(path))
    with pytest.raises(ValueError, match='no metadata'):
        OnnxBackend(path)


def test_a_missing_package_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(ImportError, match='pip install onnx onnxruntime'):
        OnnxBackend('model.onnx')


def test_wrong_arguments_are_one_sentence(exported):
    path = exported('vit')[1]
    with pytest.raises(ValueError, match="no provider 'FooProvider', but"):
        OnnxBackend(path, providers=['FooProvider'])
    with pytest.raises(ValueError, match='batch_size must be 1 or more'):
        OnnxBackend(path, batch_size=0)
