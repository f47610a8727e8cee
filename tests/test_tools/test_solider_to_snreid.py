"""The converter of SOLIDER's Swin Transformers."""

import os
import runpy
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.models.backbones import SwinTransformer

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / 'tools/model_converters/solider_to_snreid.py'
# The converter asks for the published sizes; here the smallest, cut down.
SMALL = dict(embed_dims=8, depths=[1, 1, 1, 1], num_heads=[1, 1, 2, 2])


def publish():
    """Weights with the published names: all four norms, a training's head,
    and the two layers that the semantic weight passes."""
    torch.manual_seed(0)
    network = SwinTransformer(SMALL, out_indices=(0, 1, 2, 3))
    state = {key: torch.rand_like(value) if value.is_floating_point() else
             value for key, value in network.state_dict().items()}
    for i, width in enumerate((16, 32, 64, 64)):
        for part in 'wb':
            state[f'semantic_embed_{part}.{i}.weight'] = torch.randn(width, 2)
            state[f'semantic_embed_{part}.{i}.bias'] = torch.randn(width)
    return network, state


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setitem(SwinTransformer.arch_zoo, 'base', SMALL)


@pytest.fixture
def convert(tmp_path, run_tool):

    def function(state, *more):
        torch.save(state, tmp_path / 'theirs.pth')
        return run_tool(SCRIPT, tmp_path / 'theirs.pth',
                        tmp_path / 'made.pth', *more)

    return function


def as_solider(network, state, images, semantic_weight):
    """SOLIDER's forward pass: each stage's output, scaled and shifted by
    what is linear in the semantic weight."""
    network.load_state_dict(state, strict=False)
    network.eval()
    amounts = torch.tensor([semantic_weight, 1 - semantic_weight])
    x, size = network.patch_embed(images)
    for i, stage in enumerate(network.stages):
        for block in stage.blocks:
            x = block(x, size)
        if stage.downsample is None:
            return network.norm3(x)
        x, size = stage.downsample(x, size)
        scale, shift = (F.linear(amounts, state[f'{name}.{i}.weight'],
                                 state[f'{name}.{i}.bias'])
                        for name in ('semantic_embed_w', 'semantic_embed_b'))
        x = x * F.softplus(scale) + shift


@pytest.mark.parametrize('semantic_weight', [.2, 1.])
def test_it_is_the_same_network(convert, tmp_path, semantic_weight):
    network, state = publish()
    published = dict(
        teacher={f'backbone.{key}': value for key, value in state.items()} |
        {'head.mlp.0.weight': torch.rand(2)},
        epoch=100)
    code, out, err = convert(published, '--semantic-weight', semantic_weight)
    assert code == 0, err
    assert out.startswith(
        f'Swin base with semantic weight {semantic_weight:g}: ')
    path = tmp_path / 'made.pth'
    content = torch.load(path, weights_only=True)
    assert content['meta']['semantic_weight'] == semantic_weight
    ours = SwinTransformer(
        'base',
        stage_cfgs=dict(downsample_cfg=dict(bias=True)),
        init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    ours.init_weights()
    ours.load_state_dict(content['state_dict'])
    ours.eval()
    images = torch.rand(2, 3, 224, 224)
    with torch.no_grad():
        map_, = ours(images)
        expected = as_solider(network, state, images, semantic_weight)
    torch.testing.assert_close(
        map_.flatten(2).transpose(1, 2), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('wrap', [
    lambda state: state,
    lambda state: dict(model=state),
    lambda state: {f'module.backbone.{k}': v for k, v in state.items()},
    lambda state: {f'backbone.module.{k}': v for k, v in state.items()},
])
def test_whatever_stands_around_it(convert, tmp_path, wrap):
    code, _, err = convert(wrap(publish()[1]))
    assert code == 0, err
    assert (tmp_path / 'made.pth').is_file()


def test_the_sizes():
    find_arch = runpy.run_path(str(SCRIPT))['find_arch']
    for width, blocks, name in ((96, 6, 'tiny'), (96, 18, 'small'),
                                (128, 18, 'base'), (4, 1, 'base')):
        state = {f'stages.2.blocks.{i}.norm1.bias': torch.rand(1)
                 for i in range(blocks)}
        state['patch_embed.projection.weight'] = torch.rand(width, 3, 4, 4)
        assert find_arch(state) == name


def without(key):
    state = publish()[1]
    del state[key]
    return state


@pytest.mark.parametrize('state, more, message', [
    (lambda: without('norm3.bias'), (), 'missing from it (norm3.bias'),
    (lambda: without('semantic_embed_w.1.bias'), (),
     'has no semantic_embed_w.1.bias: it is not one of SOLIDER'),
    (lambda: without('stages.0.downsample.reduction.weight'), (),
     'missing from it (stages.0.downsample.reduction.weight'),
    (lambda: dict(publish()[1], absolute_pos_embed=torch.rand(1)), (),
     'unknown to the model (absolute_pos_embed'),
    (lambda: publish()[1], ('--semantic-weight', 1.5), 'must be in [0, 1]'),
    (lambda: {}, (), 'none of its'),
])
def test_other_files_are_refused(convert, tmp_path, state, more, message):
    code, _, err = convert(state(), *more)
    assert code == 1 and err.count('\n') == 1
    assert message in err
    assert os.listdir(tmp_path) == ['theirs.pth']
