from collections import Counter

import numpy as np
import pytest
import torch
from small_networks import SIZE, info_of
from versions import needs_torch

from snreid_mm.deployment import (OnnxBackend, compare_with_model,
                                  quantize_to_int8, write_info)


@pytest.fixture(scope='module')
def quantized(exported, pitch_test, tmp_path_factory):
    model, source = exported('two-stream')
    path = tmp_path_factory.mktemp('int8') / 'int8.onnx'
    images = np.stack([each['inputs'].numpy() for each in pitch_test[:16]])
    images = info_of(model).prepare(images)
    before = source.read_bytes()
    quantize_to_int8(source, path, [images[:8], images[8:]])
    assert source.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    path.write_bytes(write_info(path, info_of(model, precision='int8')))
    return model, path


def test_layers_with_weights_are_quantized_and_nothing_else(quantized):
    onnx = pytest.importorskip('onnx')
    graph = onnx.load(str(quantized[1])).graph
    origin = {name: node for node in graph.node for name in node.output}
    kinds = Counter()
    for node in graph.node:
        from_int8 = [
            name in origin and origin[name].op_type == 'DequantizeLinear'
            for name in node.input[:2]
        ]
        if node.op_type in ('Conv', 'Gemm', 'MatMul'):
            kinds[node.op_type, all(from_int8)] += 1
    assert kinds['Conv', True] > 30 and not kinds['Conv', False]
    assert kinds['Gemm', True] + kinds['MatMul', True] == 1
    # Two count sketches, and the product of the two maps.
    assert kinds['MatMul', False] == 3
    scales = [
        each for each in graph.initializer
        if each.name.endswith('_scale') and len(each.dims) == 1
        and each.dims[0] > 1
    ]
    assert len(scales) >= kinds['Conv', True]  # each channel by itself


def test_it_ranks_about_as_the_model(quantized, pitch_test):
    model, path = quantized
    comparison = compare_with_model(OnnxBackend(path), model, pitch_test)
    assert 0 < comparison.mean_distance < .05
    assert comparison.fault(is_float32=False) is None
    one, two = comparison.spreads
    assert two == pytest.approx(one, rel=.1)


def test_it_runs_with_any_number_of_images(quantized):
    backend = OnnxBackend(quantized[1])
    images = torch.randint(256, (5, 3, *SIZE), dtype=torch.uint8).numpy()
    np.testing.assert_allclose(
        backend.embed_images(images)[:1],
        backend.embed_images(images[:1]),
        atol=1e-5)


@pytest.mark.parametrize('options', [
    dict(),
    pytest.param(
        dict(exporter='dynamo'),
        marks=needs_torch('2.6', 'the dynamo exporter')),
])
def test_attention_stays_and_linear_layers_are_quantized(
        options, exported, pitch_test, tmp_path):
    onnx = pytest.importorskip('onnx')
    pytest.importorskip('onnxscript')
    model, source = exported('vit', **options)
    path = tmp_path / 'vit.onnx'
    images = torch.stack([each['inputs'] for each in pitch_test[:16]])
    inputs = info_of(model).prepare(images.numpy())
    quantize_to_int8(source, path, [inputs])
    graph = onnx.load(str(path)).graph
    origin = {name: node for node in graph.node for name in node.output}
    kinds = Counter(
        all(name in origin and origin[name].op_type == 'DequantizeLinear'
            for name in node.input[:2]) for node in graph.node
        if node.op_type in ('MatMul', 'Gemm'))
    # Two layers, the image and its mirror image: queries, keys and values,
    # projection, two of the feed-forward network; two products of attention.
    assert kinds == {True: 16, False: 8}
    path.write_bytes(write_info(path, info_of(model, precision='int8')))
    comparison = compare_with_model(
        OnnxBackend(path), model, pitch_test[:16], scored=False)
    assert 0 < comparison.mean_distance < .05
