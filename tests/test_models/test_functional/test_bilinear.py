"""The Fourier reference is written from arXiv 1511.06062, algorithm 2."""

import pytest
import torch

from snreid_mm.models.functional import (compact_bilinear, count_sketch,
                                         draw_count_sketch, pooled_gram,
                                         sketch_gram, sketching_first_pays)

# N, C1, C2, H, W, D
SHAPES = [
    (1, 1, 1, 1, 1, 1),
    (2, 3, 5, 4, 2, 7),
    (2, 5, 3, 1, 1, 2),
    (3, 16, 16, 16, 8, 512),
    (2, 128, 128, 16, 8, 512),
    (2, 300, 17, 8, 4, 64),
    (2, 17, 300, 8, 4, 64),
    (1, 512, 128, 16, 8, 256),
    (2, 64, 64, 7, 7, 1000),
    (4, 40, 90, 3, 11, 33),
]


def make(shape, dtype=torch.float32):
    n, c1, c2, height, width, buckets = shape
    generator = torch.Generator().manual_seed(sum(shape))
    x, y = (
        torch.randn(n, c, height * width, generator=generator, dtype=dtype)
        for c in (c1, c2))
    sketches = [draw_count_sketch(c, buckets, generator) for c in (c1, c2)]
    return x, y, *sketches, buckets


def fourier(x, y, sketch_1, sketch_2, buckets):
    """Sketch both vectors of a position, multiply spectra; in float64."""
    spectra = []
    for values, (hashes, signs) in ((x, sketch_1), (y, sketch_2)):
        psi = torch.zeros(len(hashes), buckets, dtype=torch.float64)
        psi[torch.arange(len(hashes)), hashes] = signs.double()
        spectra.append(torch.fft.fft(values.double().mT @ psi))  # (N, L, D)
    return torch.fft.ifft(spectra[0] * spectra[1]).real.sum(1)


@pytest.mark.parametrize('sketch_first', [False, True, None])
@pytest.mark.parametrize('shape', SHAPES)
def test_equals_the_fourier_form(shape, sketch_first):
    inputs = make(shape)
    result = compact_bilinear(*inputs, sketch_first)
    expected = fourier(*inputs)
    assert result.shape == (shape[0], shape[-1])
    assert result.dtype == torch.float32
    error = (result - expected).norm(dim=1) / expected.norm(dim=1)
    assert error.max() < 1e-5


@pytest.mark.parametrize('shape', SHAPES)
def test_the_form_for_onnx_equals_it_too(shape, monkeypatch):
    monkeypatch.setattr(torch.onnx, 'is_in_onnx_export', lambda: True)
    test_equals_the_fourier_form(shape, None)


@pytest.mark.parametrize('shape', SHAPES[:4])
def test_the_two_ways_agree_in_value_and_gradient(shape):
    x, y, *rest = make(shape, torch.float64)
    results = []
    for sketch_first in (False, True):
        maps = [z.clone().requires_grad_() for z in (x, y)]
        result = compact_bilinear(*maps, *rest, sketch_first)
        weights = torch.linspace(-1, 2, result.numel()).view_as(result)
        grads = torch.autograd.grad((result * weights).sum(), maps)
        results.append([result, *grads])
    for a, b in zip(*results):
        assert torch.allclose(a, b, atol=1e-12)


@pytest.mark.parametrize('sketch_first', [False, True])
@pytest.mark.parametrize('channels', [(5, 3), (3, 5)])
def test_gradients(channels, sketch_first):
    x, y, *rest = make((2, *channels, 2, 2, 7), torch.float64)
    x.requires_grad_()
    y.requires_grad_()

    def function(x, y):
        return compact_bilinear(x, y, *rest, sketch_first)

    assert torch.autograd.gradcheck(function, (x, y))
    assert torch.autograd.gradgradcheck(function, (x, y))


def test_definition_of_the_sketch():
    # Bucket and sign of each pair of channels, by hand; modulo and both
    # negative signs occur.
    gram = torch.tensor([[[1., 10.], [100., 1000.], [1e4, 1e5]]])
    rows = torch.tensor([0, 2, 2]), torch.tensor([1, -1, 1], dtype=torch.int8)
    columns = torch.tensor([1, 2]), torch.tensor([1, -1], dtype=torch.int8)
    # 1 -> 1 (+), 10 -> 2 (-), 100 -> 0 (-), 1000 -> 1 (+), 1e4 -> 0 (+),
    # 1e5 -> 1 (-)
    assert sketch_gram(gram, rows, columns, 3).tolist() == [[
        1e4 - 100, 1 + 1000 - 1e5, -10
    ]]
    x = torch.tensor([[[1., 2.], [10., 20.], [100., 200.]]])
    assert count_sketch(x, rows, 3).tolist() == [[[1, 2], [0, 0], [90, 180]]]


def test_inner_products_are_unbiased():
    # Two images whose parts look alike but for some noise: a kernel far
    # from zero, so that a bias would show.
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(2, c, 6, generator=generator) for c in (12, 8))
    x[1] = .7 * x[0] + .5 * x[1]
    y[1] = .7 * y[0] + .5 * y[1]
    gram = pooled_gram(x, y).flatten(1)
    full = float(gram[0] @ gram[1])
    means = {}
    for buckets in (8, 32):
        estimates = []
        for seed in range(600):
            generator.manual_seed(seed)
            sketches = [
                draw_count_sketch(c, buckets, generator) for c in (12, 8)
            ]
            a, b = compact_bilinear(x, y, *sketches, buckets)
            estimates.append(float(a @ b))
        estimates = torch.tensor(estimates)
        error = estimates.std() / len(estimates)**.5
        means[buckets] = estimates.mean(), error
        assert abs(estimates.mean() - full) < 3 * error
        assert error < .05 * full  # else the line above says nothing
    # More buckets, a better estimate: the variance falls as 1 / D.
    assert means[32][1] < .7 * means[8][1]


def test_draw_is_pinned():
    # These numbers must never change: configs rely on the seed.
    generator = torch.Generator().manual_seed(0)
    hashes, signs = draw_count_sketch(6, 512, generator)
    assert hashes.tolist() == [172, 47, 117, 192, 323, 251]
    assert signs.tolist() == [1, 1, 1, 1, 1, -1]
    assert (hashes.dtype, signs.dtype) == (torch.int64, torch.int8)


def test_draw_is_uniform_and_leaves_the_global_state():
    state = torch.get_rng_state()
    generator = torch.Generator().manual_seed(3)
    with torch.device('meta'):
        hashes, signs = draw_count_sketch(20000, 10, generator)
    assert torch.equal(torch.get_rng_state(), state)
    counts = torch.bincount(hashes, minlength=10)
    assert len(counts) == 10 and (counts - 2000).abs().max() < 200
    assert signs.abs().eq(1).all() and signs.double().mean().abs() < .03
    both = (hashes % 2 * 2 - 1) * signs
    assert both.double().mean().abs() < .03  # hash tells nothing of the sign


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('autocast', [False, True])
@pytest.mark.parametrize('sketch_first', [False, True])
def test_half_precision_accumulates_in_float32(dtype, autocast, sketch_first):
    x, y, *rest = make((2, 40, 6, 16, 8, 16))
    x, y = (10 * x).to(dtype), (10 * y).to(dtype)
    expected = fourier(x, y, *rest)
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=autocast):
        result = compact_bilinear(x, y, *rest, sketch_first)
    assert result.dtype == torch.float32
    assert ((result - expected).norm() / expected.norm()) < 1e-5


def test_maps_of_two_precisions():
    x, y, *rest = make((2, 5, 3, 2, 2, 7))
    result = compact_bilinear(x.double(), y.half(), *rest)
    assert result.dtype == torch.float64
    assert torch.allclose(result, fourier(x, y.half(), *rest))


def test_any_memory_layout():
    x, y, *rest = make((2, 40, 6, 4, 4, 16))
    expected = compact_bilinear(x, y, *rest)
    layouts = [x.mT.contiguous().mT, torch.cat((x, x), 2)[..., :16]]
    for layout in layouts:
        assert not layout.is_contiguous()
        for sketch_first in (False, True):
            result = compact_bilinear(layout, y, *rest, sketch_first)
            assert torch.allclose(result, expected, atol=1e-4)


def test_empty_batch():
    x, y, *rest = make((2, 40, 6, 4, 4, 16))
    for sketch_first in (False, True):
        assert compact_bilinear(x[:0], y[:0], *rest,
                                sketch_first).shape == (0, 16)


def test_the_way_is_chosen_by_shape():
    # As measured: README of the benchmarks.
    assert sketching_first_pays(2048, 128, 512)
    assert sketching_first_pays(512, 512, 256)
    assert not sketching_first_pays(128, 128, 512)
    assert not sketching_first_pays(512, 512, 8000)
    assert not sketching_first_pays(2048, 17, 512)
    assert not sketching_first_pays(2048, 128, 2048)
