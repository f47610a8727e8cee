"""What is exported computes what the model computes."""

import json

import cv2
import numpy as np
import pytest
import torch
from mmengine.utils import digit_version
from small_networks import NETWORKS, SIZE, build, info_of
from versions import needs_torch

from snreid_mm.deployment import (EmbeddingNetwork, OnnxBackend, export_onnx,
                                  write_info)
from snreid_mm.evaluation.functional import rank_within_actions
from snreid_mm.structures import Crops


def embeddings_of(model, samples):
    """The embeddings that a test gives to the metric."""
    images = torch.stack([each['inputs'] for each in samples])
    with torch.no_grad():
        outputs = model.test_step(dict(inputs=images))
    return torch.stack([each.embedding for each in outputs]).numpy()


def rank(embeddings, samples):
    lists, parts = [], []
    for subset in ('query', 'gallery'):
        rows = [
            i for i, each in enumerate(samples)
            if each['data_samples'].subset == subset
        ]
        lists.append(
            Crops.from_records(
                [samples[i]['data_samples'].metainfo for i in rows]))
        parts.append(embeddings[rows])
    return rank_within_actions(*parts, *lists)


def assert_same_ranking(rankings, expected):
    """The same order, but where two distances are equal but for rounding."""
    assert np.array_equal(rankings.offsets, expected.offsets)
    for begin, end in zip(rankings.offsets, rankings.offsets[1:]):
        distance = dict(
            zip(expected.gallery[begin:end], expected.distances[begin:end]))
        ours = [distance[crop] for crop in rankings.gallery[begin:end]]
        assert set(distance) == set(rankings.gallery[begin:end])
        assert (np.diff(ours) > -1e-4 * max(ours)).all()


@pytest.mark.parametrize('name', NETWORKS)
def test_it_equals_the_model(name, exported, pitch_test):
    model, path = exported(name)
    backend = OnnxBackend(path, batch_size=24)
    expected = embeddings_of(model, pitch_test)
    crops = [
        cv2.imread(each['data_samples'].img_path) for each in pitch_test
    ]
    embeddings = backend.embed(crops)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(
        embeddings, expected, rtol=0, atol=1e-4 * np.abs(expected).max())
    rankings = rank(expected, pitch_test)
    assert np.ptp(rankings.distances) > .01 * rankings.distances.max()
    assert_same_ranking(rank(embeddings, pitch_test), rankings)


@pytest.mark.parametrize('name, options', [
    pytest.param(
        'vit',
        dict(exporter='dynamo'),
        marks=needs_torch('2.6', 'the dynamo exporter')),
    ('resnet50-fc512', dict(folded=True)),
    ('two-stream', dict(folded=True, uint8=True, batch_size=7)),
])
def test_each_option_changes_no_embedding(name, options, exported,
                                          pitch_test):
    if options.get('exporter') == 'dynamo':
        pytest.importorskip('onnxscript')
    model, path = exported(name, **options)
    images = torch.stack([each['inputs'] for each in pitch_test[:12]]).numpy()
    expected = embeddings_of(model, pitch_test[:12])
    np.testing.assert_allclose(
        OnnxBackend(path).embed_images(images),
        expected,
        rtol=0,
        atol=1e-4 * np.abs(expected).max())


def test_what_a_folded_file_takes(exported):
    runtime = pytest.importorskip('onnxruntime')
    for options, kind, size in ((dict(folded=True, uint8=True,
                                      batch_size=7), 'tensor(uint8)', 7),
                                (dict(), 'tensor(float)', 'batch')):
        _, path = exported('two-stream', **options)
        given, = runtime.InferenceSession(str(path)).get_inputs()
        assert given.type == kind and given.shape == [size, 3, *SIZE]


@needs_torch('2.4', 'float16 on a CPU')
def test_float16_halves_the_file_and_keeps_the_pooling(exported, pitch_test):
    onnx = pytest.importorskip('onnx')
    model, path = exported('two-stream', half=True)
    _, whole = exported('two-stream')
    assert path.stat().st_size < .7 * whole.stat().st_size
    file = onnx.load(str(path))
    kinds = {each.data_type for each in file.graph.initializer}
    assert onnx.TensorProto.FLOAT16 in kinds
    assert file.graph.output[0].type.tensor_type.elem_type == (
        onnx.TensorProto.FLOAT)
    expected = embeddings_of(model, pitch_test[:8])
    images = torch.stack([each['inputs'] for each in pitch_test[:8]]).numpy()
    difference = np.abs(OnnxBackend(path).embed_images(images) - expected)
    assert 0 < difference.max() < 2e-2 * np.abs(expected).max()


def test_the_file_tells_what_it_is_and_not_where_it_was_made(exported):
    runtime = pytest.importorskip('onnxruntime')
    model, path = exported('vit')
    session = runtime.InferenceSession(str(path))
    content = json.loads(
        session.get_modelmeta().custom_metadata_map['snreid_mm'])
    assert (content['height'], content['width']) == SIZE
    assert content['mean'] == pytest.approx([123.675, 116.28, 103.53])
    assert content['model'] == 'PlayerReID(VisionTransformer)'
    assert content['flip_test'] and content['unit_length']
    assert content['checkpoint_sha256'].startswith('e3b0c442')
    assert b'player_reid.py' not in path.read_bytes()
    assert OnnxBackend(path).info == info_of(model)


def test_a_network_that_cannot_be_exported(tmp_path):
    pytest.importorskip('onnx')

    class Odd(torch.nn.Module):

        def embed(self, images):
            return torch.linalg.qr(images.flatten(1))[0]

    network = EmbeddingNetwork(build('vit'))
    network.model = Odd()
    with pytest.raises(ValueError, match='linalg_qr.*try --exporter dynamo'):
        export_onnx(network, tmp_path / 'odd.onnx', SIZE)


def test_the_new_exporter_refuses_float16(tmp_path):
    pytest.importorskip('onnx')
    with pytest.raises(ValueError, match='--exporter torchscript'):
        export_onnx(
            EmbeddingNetwork(build('vit')),
            tmp_path / 'half.onnx',
            SIZE,
            half=True,
            exporter='dynamo')


def test_float16_needs_a_torch_that_computes_it(tmp_path, monkeypatch):
    pytest.importorskip('onnx')
    monkeypatch.setattr('snreid_mm.deployment.onnx_export._TORCH',
                        digit_version('2.3.1'))
    with pytest.raises(ValueError, match='float16 needs torch 2.4'):
        export_onnx(
            EmbeddingNetwork(build('vit')),
            tmp_path / 'half.onnx',
            SIZE,
            half=True)


def test_what_was_known_of_the_sources_is_left_out(tmp_path):
    onnx = pytest.importorskip('onnx')
    node = onnx.helper.make_node('Relu', ['x'], ['y'], doc_string='/home/me')
    node.metadata_props.add(key='trace', value='/home/me/model.py')
    values = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1])
        for name in 'xy'
    ]
    graph = onnx.helper.make_graph([node], 'g', values[:1], values[1:])
    path = tmp_path / 'relu.onnx'
    onnx.save(onnx.helper.make_model(graph), str(path))
    before = path.read_bytes()
    data = write_info(path, info_of(build('vit')))
    assert b'/home/me' in before and b'/home/me' not in data
    assert path.read_bytes() == before
