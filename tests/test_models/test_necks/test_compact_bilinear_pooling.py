import numpy as np
import pytest
import torch
from mmengine.utils import digit_version
from two_ranks import HELPERS, run_by_two
from versions import TORCH

from snreid_mm.models import CompactBilinearPooling
from snreid_mm.registry import MODELS


def definition(neck, maps):
    """Each pair of channels into its bucket, one by one."""
    grams = torch.einsum('nahw,nbhw->nab', *maps).double()
    result = torch.zeros(len(grams), neck.out_channels, dtype=torch.float64)
    for i, (h1, s1) in enumerate(
            zip(neck.appearance_hash, neck.appearance_sign)):
        for j, (h2, s2) in enumerate(zip(neck.part_hash, neck.part_sign)):
            bucket = (h1 + h2) % neck.out_channels
            result[:, bucket] += s1 * s2 * grams[:, i, j]
    return result


@pytest.mark.parametrize('out_channels', [1, 8, 100])
@pytest.mark.parametrize('sketch_first', [None, False, True])
def test_equals_the_definition(out_channels, sketch_first, maps):
    neck = CompactBilinearPooling((24, 5),
                                  out_channels,
                                  sketch_first=sketch_first,
                                  normalize=False)
    expected = definition(neck, maps)
    assert torch.allclose(neck(maps)[-1].double(), expected, atol=1e-4)
    neck.signed_sqrt = True
    assert torch.allclose(
        neck(maps)[-1].double(),
        expected.sign() * expected.abs().sqrt(),
        atol=1e-3)


def test_seed():
    state = torch.get_rng_state()
    first, again, other = (
        CompactBilinearPooling((24, 20), 512, seed=seed)
        for seed in (7, 7, 8))
    assert torch.equal(torch.get_rng_state(), state)
    for key, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[key])
        if key != 'num_buckets':
            assert not torch.equal(value, other.state_dict()[key])
    # The two streams have hashes of their own.
    same = CompactBilinearPooling((24, 24), 512)
    assert not torch.equal(same.appearance_hash, same.part_hash)
    assert not torch.equal(same.appearance_sign, same.part_sign)
    # No layer, no parameter: nothing to learn.
    assert not list(first.parameters())


def test_published_hashes():
    # Seeds 1 and 5 are those of the hashes, 3 and 7 those of the signs.
    state = np.random.get_state()
    neck = CompactBilinearPooling((128, 128), 512, hashes='snreid')
    assert all(
        np.array_equal(before, after)
        for before, after in zip(state, np.random.get_state()))
    for name, seeds in dict(appearance=(1, 3), part=(5, 7)).items():
        hashes = np.random.RandomState(seeds[0]).randint(512, size=128)
        signs = 2 * np.random.RandomState(seeds[1]).randint(2, size=128) - 1
        hash_buffer = getattr(neck, f'{name}_hash')
        sign_buffer = getattr(neck, f'{name}_sign')
        assert hash_buffer.dtype == torch.int64
        assert sign_buffer.dtype == torch.int8
        assert hash_buffer.tolist() == hashes.tolist()
        assert sign_buffer.tolist() == signs.tolist()
    # The first of each, as they were printed once.
    assert neck.appearance_hash[:6].tolist() == [37, 235, 396, 72, 255, 393]
    assert neck.appearance_sign[:6].tolist() == [-1, -1, 1, 1, -1, -1]
    assert neck.part_hash[:6].tolist() == [355, 206, 495, 189, 486, 118]
    assert neck.part_sign[:6].tolist() == [1, -1, 1, -1, 1, 1]


def test_published_hashes_need_no_seed(maps):
    one, two = (
        CompactBilinearPooling((24, 5), 32, hashes='snreid', seed=seed)
        for seed in (0, 1))
    assert torch.equal(one(maps)[-1], two(maps)[-1])
    assert torch.allclose(
        CompactBilinearPooling((24, 5), 32, hashes='snreid',
                               normalize=False)(maps)[-1].double(),
        definition(one, maps),
        atol=1e-4)


def test_unknown_hashes():
    with pytest.raises(
            ValueError, match="hashes of CompactBilinearPooling must be "
            "'snreid' or None, but it is 'mine'"):
        CompactBilinearPooling((24, 5), 32, hashes='mine')


def test_a_checkpoint_keeps_its_hashes(maps, tmp_path):
    trained = CompactBilinearPooling((24, 5), 32, seed=1)
    torch.save(trained.state_dict(), tmp_path / 'neck.pth')
    state = torch.load(tmp_path / 'neck.pth', weights_only=True)
    neck = CompactBilinearPooling((24, 5), 32, seed=2)
    assert not torch.equal(neck(maps)[-1], trained(maps)[-1])
    neck.load_state_dict(state)
    assert torch.equal(neck(maps)[-1], trained(maps)[-1])


@pytest.mark.parametrize('strict', [True, False])
@pytest.mark.parametrize('buckets', [16, 64])
def test_a_checkpoint_of_another_sketch(buckets, strict):
    state = CompactBilinearPooling((24, 5), buckets).state_dict()
    neck = CompactBilinearPooling((24, 5), 32)
    before = neck.appearance_hash.clone()
    with pytest.raises(
            ValueError,
            match=f'has {buckets} buckets, but out_channels of '
            f'CompactBilinearPooling is 32: write out_channels={buckets}'):
        neck.load_state_dict(state, strict=strict)
    assert torch.equal(neck.appearance_hash, before)


def test_hashes_are_no_numbers_to_round():
    neck = CompactBilinearPooling((24, 5), 512)
    state = {key: value.clone() for key, value in neck.state_dict().items()}
    for key, value in neck.half().bfloat16().state_dict().items():
        assert torch.equal(value, state[key])


def test_moving_average_copies_the_hashes(maps):
    from mmengine.model import ExponentialMovingAverage
    neck = CompactBilinearPooling((24, 5), 32, appearance_proj=None)
    for update_buffers in (False, True):
        average = ExponentialMovingAverage(
            neck, momentum=.1, update_buffers=update_buffers)
        for _ in range(3):
            average.update_parameters(neck)
        assert torch.equal(average.module(maps)[-1], neck(maps)[-1])


def test_two_processes(tmp_path, maps):
    config = dict(
        in_channels=(24, 5), out_channels=16,
        appearance_proj=dict(out_channels=6))
    torch.manual_seed(0)
    neck = CompactBilinearPooling(**config)
    weights = torch.randn(4, 16)
    for name, value in [('config', config), ('neck', neck.state_dict()),
                        ('inputs', dict(maps=maps, weights=weights))]:
        torch.save(value, tmp_path / f'{name}.pt')
    run_by_two(HELPERS / 'one_of_two_fusers.py', tmp_path, tmp_path)
    results = [torch.load(tmp_path / f'rank{rank}.pt') for rank in range(2)]

    embedding = neck(maps)[-1]
    ((embedding * weights).sum() / 2).backward()  # DDP takes the mean
    both = torch.cat([result['embedding'] for result in results])
    assert torch.allclose(both, embedding, atol=1e-6)
    for result in results:
        for key, value in neck.state_dict().items():
            assert torch.equal(result['state'][key], value), key
        assert torch.allclose(
            result['grad'],
            neck.appearance_proj.conv.weight.grad,
            atol=1e-5)


def test_onnx_needs_no_scatter(maps, monkeypatch):
    # Below opset 16 it would keep one value of each bucket.
    neck = CompactBilinearPooling((24, 5), 8)
    for exporting in (False, True):
        monkeypatch.setattr(
            torch.onnx, 'is_in_onnx_export', lambda: exporting)
        graph = str(torch.jit.trace(lambda x, y: neck((x, y))[-1],
                                    maps).inlined_graph)
        assert ('scatter' in graph or 'index_add' in graph) != exporting


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('opset', [11, 13, 18])
def test_onnx_of_any_opset(opset, maps, tmp_path):
    pytest.importorskip('onnx')
    runtime = pytest.importorskip('onnxruntime')

    class Model(torch.nn.Module):

        def __init__(self):
            super().__init__()
            self.neck = CompactBilinearPooling((24, 5), 8)

        def forward(self, appearance, parts):
            return self.neck((appearance, parts))[-1]

    model, file = Model().eval(), str(tmp_path / 'neck.onnx')
    torch.onnx.export(
        model, maps, file, opset_version=opset,
        input_names=['appearance', 'parts'],
        # The default since torch 2.9, where it can be chosen since 2.5.
        **dict(dynamo=False) if TORCH >= digit_version('2.5') else {})
    output, = runtime.InferenceSession(file).run(
        None, dict(appearance=maps[0].numpy(), parts=maps[1].numpy()))
    assert torch.allclose(torch.from_numpy(output), model(*maps), atol=1e-5)


def test_registered():
    neck = MODELS.build(
        dict(type='snreid_mm.CompactBilinearPooling', in_channels=(2048, 128)))
    assert neck.out_channels == 512
    assert 'out_channels=512' in repr(neck)
