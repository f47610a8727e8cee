"""What all fusion necks have in common."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from versions import needs_torch

from snreid_mm.models.necks import FusionNeck
from snreid_mm.registry import MODELS

NECKS = {
    'compact': dict(type='CompactBilinearPooling', out_channels=16),
    'compact, sketch first': dict(
        type='CompactBilinearPooling', out_channels=8, sketch_first=True),
    'compact, signed_sqrt': dict(
        type='CompactBilinearPooling', out_channels=16, signed_sqrt=True),
    'bilinear': dict(type='BilinearPooling'),
    'bilinear, signed_sqrt': dict(type='BilinearPooling', signed_sqrt=True),
    'vectors': dict(type='ConcatFusion'),
    'vectors, linear': dict(type='ConcatFusion', out_channels=10),
    'maps': dict(type='ConcatFusion', out_channels=10, join='maps'),
    'gated': dict(type='GatedSumFusion', out_channels=10),
}
PROJ = dict(out_channels=7, kernel_size=3)

each_neck = pytest.mark.parametrize('name', NECKS)


def build(name, in_channels=(24, 5), **kwargs):
    torch.manual_seed(0)
    cfg = dict(NECKS[name], in_channels=in_channels, **kwargs)
    cfg['type'] = f'snreid_mm.{cfg["type"]}'
    neck = MODELS.build(cfg)
    neck.init_weights()
    return neck


class OneOutput(nn.Module):
    """Two inputs, one output, as exporters like it."""

    def __init__(self, neck):
        super().__init__()
        self.neck = neck

    def forward(self, appearance, parts):
        return self.neck((appearance, parts))[-1]


@each_neck
@pytest.mark.parametrize('appearance_proj', [None, PROJ])
def test_embedding(name, appearance_proj, maps):
    neck = build(name, appearance_proj=appearance_proj)
    outputs = neck(maps)
    assert isinstance(outputs, tuple)
    assert outputs[-1].shape == (4, neck.out_channels)
    assert torch.allclose(outputs[-1].norm(dim=1), torch.ones(4))
    plain = build(name, appearance_proj=appearance_proj, normalize=False)
    plain.load_state_dict(neck.state_dict())
    assert torch.allclose(F.normalize(plain(maps)[-1]), outputs[-1])
    # Images do not mix: but for batch statistics, which eval() leaves out.
    neck.eval()
    assert torch.allclose(
        neck([x[:1] for x in maps])[-1], neck(maps)[-1][:1], atol=1e-6)


@each_neck
def test_gradients(name):
    neck = build(name, (3, 2), appearance_proj=PROJ).double().eval()
    generator = torch.Generator().manual_seed(0)
    maps = [
        torch.randn(
            2, c, 2, 2, generator=generator,
            dtype=torch.float64).requires_grad_() for c in (3, 2)
    ]
    assert torch.autograd.gradcheck(OneOutput(neck), maps)
    embedding = OneOutput(neck)(*maps)
    (embedding * torch.arange(embedding.shape[1])).sum().backward()
    for key, parameter in neck.named_parameters():
        assert parameter.grad.abs().sum() > 0, key


@each_neck
@pytest.mark.parametrize('dead', [0, 1])
def test_a_dead_stream_gives_finite_gradients(name, dead, maps):
    neck = build(name)
    maps = list(maps)
    maps[dead] = torch.zeros_like(maps[dead])
    maps = [x.requires_grad_() for x in maps]
    embedding = neck(maps)[-1]
    assert embedding.isfinite().all()
    (embedding * torch.arange(embedding.shape[1])).sum().backward()
    for x in maps:
        assert x.grad.isfinite().all()
        assert x.grad.abs().max() < 1e4


@each_neck
def test_mixed_precision(name, maps):
    neck = build(name, appearance_proj=PROJ).eval()
    expected = neck(maps)[-1]
    inputs = [x.bfloat16().requires_grad_() for x in maps]
    with torch.autocast('cpu', dtype=torch.bfloat16):
        embedding = neck(inputs)[-1]
    assert embedding.dtype == torch.float32
    assert torch.allclose(
        embedding.norm(dim=1), torch.ones(4), atol=1e-6)  # not 1e-3
    assert F.cosine_similarity(embedding, expected).min() > .99
    embedding[:, 0].sum().backward()
    assert inputs[0].grad.dtype == torch.bfloat16
    assert inputs[0].grad.isfinite().all()


@each_neck
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float64])
def test_a_model_of_another_precision(name, dtype, maps):
    neck = build(name, appearance_proj=PROJ).eval()
    expected = neck(maps)[-1]
    embedding = neck.to(dtype)([x.to(dtype) for x in maps])[-1]
    assert embedding.dtype == dtype
    assert F.cosine_similarity(embedding.float(), expected).min() > .99


@pytest.mark.parametrize('name', ['compact', 'bilinear', 'vectors'])
def test_half_precision_maps_lose_nothing_in_the_sum(name):
    # 2048 positions of 1: bfloat16 stops counting at 256.
    maps = [torch.ones(1, c, 64, 32, dtype=torch.bfloat16) for c in (24, 5)]
    with torch.autocast('cpu', dtype=torch.bfloat16):
        half = build(name, normalize=False)(maps)[-1]
    full = build(name, normalize=False)([x.float() for x in maps])[-1]
    assert torch.equal(half, full)


@needs_torch('2.6', 'bilinear necks compile to one graph (not so in 2.1)')
@pytest.mark.parametrize('name, backend', [
    *((name, 'eager') for name in NECKS),
    ('compact', 'aot_eager'),
    ('compact, sketch first', 'aot_eager'),
    ('bilinear, signed_sqrt', 'aot_eager'),
])
def test_compile(name, backend, maps):
    torch._dynamo.reset()
    model = OneOutput(build(name, appearance_proj=PROJ)).eval()
    compiled = torch.compile(model, fullgraph=True, backend=backend)
    grads = []
    for function in (model, compiled):
        inputs = [x.clone().requires_grad_() for x in maps]
        embedding = function(*inputs)
        assert torch.allclose(embedding, model(*maps), atol=1e-6)
        grads.append(torch.autograd.grad(embedding[:, 0].sum(), inputs))
    for expected, grad in zip(*grads):
        assert torch.allclose(expected, grad, atol=1e-6)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert torch.allclose(compiled(*maps), model(*maps), atol=1e-2)


@needs_torch('2.2', 'dynamic shapes of torch.export')
@each_neck
def test_export(name, maps):
    model = OneOutput(build(name, appearance_proj=PROJ)).eval()
    batch = torch.export.Dim('batch')
    program = torch.export.export(
        model, maps, dynamic_shapes=({
            0: batch
        }, {
            0: batch
        }))
    twice = [torch.cat((x, x.flip(1))) for x in maps]
    assert torch.allclose(program.module()(*twice), model(*twice), atol=1e-6)


@needs_torch('2.5', 'the choice of an ONNX exporter')
@each_neck
@pytest.mark.filterwarnings('ignore')
def test_trace(name, maps):
    model = OneOutput(build(name, appearance_proj=PROJ)).eval()
    traced = torch.jit.trace(model, maps)
    twice = [torch.cat((x, x.flip(1))) for x in maps]
    assert torch.allclose(traced(*twice), model(*twice), atol=1e-6)


# The new exporter takes seconds, so of each kind of neck it has one.
@pytest.mark.parametrize(
    'name, dynamo', [(name, False) for name in NECKS] +
    [(name, True) for name in ('compact, signed_sqrt',
                               'bilinear, signed_sqrt', 'maps', 'gated')])
@pytest.mark.filterwarnings('ignore')
def test_onnx(name, dynamo, maps, tmp_path):
    # The exporters of PyTorch need these packages; nothing else here does.
    pytest.importorskip('onnx')
    pytest.importorskip('onnxscript')
    runtime = pytest.importorskip('onnxruntime')
    model = OneOutput(build(name, appearance_proj=PROJ)).eval()
    names = ['appearance', 'parts']
    batch = torch.export.Dim('batch')
    if dynamo:
        axes = dict(dynamic_shapes=({0: batch}, {0: batch}))
    else:
        axes = dict(dynamic_axes={key: {0: 'batch'} for key in names})
    file = str(tmp_path / 'neck.onnx')
    torch.onnx.export(
        model, maps, file, dynamo=dynamo, input_names=names, **axes)
    session = runtime.InferenceSession(file)
    twice = [torch.cat((x, x.flip(1))) for x in maps]
    output, = session.run(
        None, {key: x.numpy()
               for key, x in zip(names, twice)})
    assert torch.allclose(torch.from_numpy(output), model(*twice), atol=1e-5)


@each_neck
def test_state_survives_a_file(name, maps, tmp_path):
    neck = build(name, appearance_proj=PROJ)
    neck(maps)  # moves batch statistics
    neck.eval()
    torch.save(neck.state_dict(), tmp_path / 'neck.pth')
    torch.manual_seed(1)
    other = MODELS.build(
        dict(
            NECKS[name],
            type=f'snreid_mm.{NECKS[name]["type"]}',
            in_channels=(24, 5),
            appearance_proj=PROJ)).eval()
    other.load_state_dict(
        torch.load(tmp_path / 'neck.pth', weights_only=True), strict=True)
    assert torch.equal(other(maps)[-1], neck(maps)[-1])


def test_projection_of_the_appearance():
    neck = build(
        'bilinear', (64, 5),
        appearance_proj=dict(out_channels=32, kernel_size=7),
        normalize=False)
    conv = neck.appearance_proj.conv
    assert neck.map_channels == (32, 5)
    assert conv.weight.shape == (32, 64, 7, 7) and conv.bias is None
    # The seed's initialization: normal, by fan-out.
    assert conv.weight.std().item() == pytest.approx(
        (2 / (32 * 49))**.5, rel=.02)
    maps = torch.randn(2, 64, 6, 3), torch.randn(2, 5, 6, 3)
    projected = F.conv2d(maps[0], conv.weight, padding=3)
    expected = torch.einsum('nahw,nbhw->nab', projected, maps[1])
    assert torch.allclose(neck(maps)[-1], expected.flatten(1), atol=1e-3)


def test_projection_with_norm_and_activation():
    neck = build(
        'vectors',
        appearance_proj=dict(
            out_channels=7, norm_cfg=dict(type='BN'),
            act_cfg=dict(type='ReLU')))
    assert [*dict(neck.appearance_proj.named_children())
            ] == ['conv', 'norm', 'act']
    assert neck.appearance_proj(torch.randn(2, 24, 2, 2)).min() == 0


def test_init_cfg_reaches_the_projection():
    neck = build(
        'compact',
        appearance_proj=PROJ,
        init_cfg=dict(type='Constant', layer='Conv2d', val=.5))
    assert (neck.appearance_proj.conv.weight == .5).all()


@each_neck
def test_bad_maps(name, maps):
    neck = build(name)
    kind = type(neck).__name__
    appearance, parts = maps
    for feats, message in [
        ((appearance, F.interpolate(parts, (12, 4))),
         'appearance map is 6x3 and the part map 12x4'),
        ((appearance[:, :20], parts),
         r'in_channels of \w+ is \(24, 5\), .* have \(20, 5\)'),
        ((appearance, appearance), r'have \(24, 24\) channels'),
        ((appearance, parts.mean((2, 3), keepdim=True)),
         'appearance map is 6x3 and the part map 1x1'),
    ]:
        with pytest.raises(ValueError, match=message) as error:
            neck(feats)
        assert kind in str(error.value)


@each_neck
def test_in_channels_must_be_a_pair(name):
    for wrong in (64, (1, 2, 3), None):
        with pytest.raises(ValueError, match='it joins two maps: write the'):
            build(name, wrong)
    assert build(name, [24, 5]).in_channels == (24, 5)  # as configs have it


def test_a_projection_that_cannot_keep_the_grid():
    with pytest.raises(
            ValueError, match='kernel_size of appearance_proj is 4.*odd'):
        build('bilinear', appearance_proj=dict(out_channels=8, kernel_size=4))


def test_a_neck_of_ones_own(maps):

    class Product(FusionNeck):
        out_channels = 5

        def fuse(self, appearance, parts):
            return (appearance[:, :5] * parts).mean((2, 3))

    assert Product((24, 5))(maps)[-1].shape == (4, 5)
    with pytest.raises(TypeError, match='abstract'):
        FusionNeck((24, 5))
