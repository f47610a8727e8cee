"""The backbones, their weights and how they are trained."""

from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config
from mmengine.model import ExponentialMovingAverage
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpretrain.models import backbones as networks
from one_iteration import shrink_network, train_one_iteration

from snreid_mm.registry import MODELS
from snreid_mm.results.quick import forget_weights

ROOT = Path(__file__).parents[2]
FAMILY = ROOT / 'configs/backbones'
FILES = sorted(FAMILY.glob('*.py'))
README = (FAMILY / 'README.md').read_text()
META = {
    entry['Name']: entry
    for entry in yaml.safe_load((FAMILY / 'metafile.yml').read_text())
    ['Models']
}


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield


def config(start):
    path, = FAMILY.glob(f'{start}_*.py')
    return Config.fromfile(path)


def build(cfg):
    return MODELS.build(
        dict(cfg.model, data_preprocessor=cfg.data_preprocessor))


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_one_iteration(path, tiny_pitch, tmp_path):
    cfg = Config.fromfile(path)
    shrink_network(cfg)
    train_one_iteration(cfg, tiny_pitch, tmp_path)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_name_network_and_images_agree(path):
    cfg = Config.fromfile(path)
    size = path.stem.rsplit('_', 1)[1]
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        pipeline = cfg[loader].dataset.pipeline
        scale, = [each.scale for each in pipeline if each.type == 'Resize']
        assert f'{scale[1]}x{scale[0]}' == size
        assert all(each.crop_size == scale[::-1] for each in pipeline
                   if each.type == 'RandomCrop')
    backbone = cfg.model.backbone
    network = getattr(networks, backbone.type)
    zoo = getattr(network, 'arch_zoo', None) or network.arch_settings
    assert backbone.arch in zoo
    # What the model sees when it is built has that size too.
    assert cfg.model.get('input_size', (256, 128)) == scale[::-1]
    if 'img_size' in backbone:
        assert backbone.img_size == scale[::-1]
    if backbone.type in ('VisionTransformer', 'DeiT3', 'ViTEVA02'):
        patch = backbone.get('patch_size', 16)
        assert [side / patch for side in backbone.img_size] == [16, 8]
    # The large ones save memory in each of their layers.
    layers = cfg.get('activation_checkpointing', [])
    assert len(layers) == (24 if '-large' in path.stem else 0)
    assert cfg.data_preprocessor.to_rgb
    sampler = cfg.train_dataloader.sampler
    assert sampler.batch_size == cfg.train_dataloader.batch_size == 128


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_weights_are_named(path):
    init = Config.fromfile(path).model.backbone.init_cfg
    entry, row = META[path.stem]['Metadata'], [
        line for line in README.splitlines() if f'({path.name})' in line
    ]
    assert len(row) == 1
    assert entry['Pretrained Weights'] == init.checkpoint
    start = 'https://download.openmmlab.com/'
    if 'solider' not in path.stem:
        assert init.checkpoint.startswith(start)
        assert init.checkpoint.endswith('.pth')
    # MMPretrain's are those of whole classifiers.
    assert init.get('prefix') == (
        None if 'solider' in path.stem else 'backbone.')


VITS = [
    path.stem.split('_')[0] for path in FILES
    if path.stem.startswith(('vit', 'eva02')) and 'large' not in path.stem
]


@pytest.mark.parametrize('start', VITS)
def test_position_embeddings_are_resized_as_they_are_loaded(start, tmp_path):
    cfg = config(start)
    shrink_network(cfg)
    # As published: on squares.
    published = dict(cfg.model.backbone, img_size=224)
    published.pop('init_cfg')
    publisher = MODELS.build(published)
    with torch.no_grad():
        for parameter in publisher.parameters():
            parameter.uniform_(-1, 1)
        # A slope from top to bottom, which resizing keeps.
        side = 224 // published.get('patch_size', 16)
        slope = torch.linspace(0, 1, side).repeat_interleave(side)
        publisher.pos_embed[0, -side * side:] = slope[:, None]
    torch.save(
        dict(state_dict={
            f'backbone.{key}': value
            for key, value in publisher.state_dict().items()
        }), tmp_path / 'weights.pth')
    cfg.model.backbone.init_cfg.checkpoint = str(tmp_path / 'weights.pth')
    cfg.model.backbone.init_cfg.prefix = 'backbone.'
    model = build(cfg)
    model.init_weights()
    found = model.backbone.state_dict()
    for key, value in publisher.state_dict().items():
        if key != 'pos_embed' and value.shape == found[key].shape:
            assert torch.equal(found[key], value), key
    extra = publisher.pos_embed.shape[1] - side * side
    assert found['pos_embed'].shape[1] == extra + 16 * 8
    assert torch.equal(found['pos_embed'][:, :extra],
                       publisher.pos_embed[:, :extra])
    grid = found['pos_embed'][0, extra:, 0].reshape(16, 8)
    assert torch.allclose(grid, grid[:, :1].expand(16, 8), atol=1e-5)
    assert (grid[1:, 0] > grid[:-1, 0]).all()
    image = torch.rand(1, 3, *cfg.model.backbone.img_size)
    assert model.eval()(image).isfinite().all()


def rates(cfg):
    """The share of the rate of each parameter of a shrunk config."""
    shrink_network(cfg)
    forget_weights(cfg)
    model = build(cfg)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    groups = {
        group['param_name']: group
        for group in wrapper.optimizer.param_groups
    }
    assert set(groups) == {name for name, _ in model.named_parameters()}
    peak = cfg.optim_wrapper.optimizer.lr
    return {
        name: group['lr'] / peak
        for name, group in groups.items()
    }, groups


def test_rates_fall_from_layer_to_layer():
    shares, groups = rates(config('vit-base-clip'))
    share = pytest.approx
    for name in ('neck.1.linear.weight', 'neck.1.after.weight',
                 'backbone.ln1.weight'):
        assert shares[name] == share(1)
    assert shares['backbone.layers.1.attn.qkv.weight'] == share(.75)
    assert shares['backbone.layers.0.ffn.layers.1.bias'] == share(.75**2)
    for name in ('backbone.cls_token', 'backbone.pos_embed',
                 'backbone.patch_embed.projection.weight',
                 'backbone.pre_norm.weight'):
        assert shares[name] == share(.75**3)
    for name in ('backbone.cls_token', 'backbone.pos_embed',
                 'backbone.layers.0.ln1.weight', 'neck.1.after.bias'):
        assert groups[name]['weight_decay'] == 0
    assert groups['neck.1.linear.weight']['weight_decay'] == .05


@pytest.mark.parametrize('start, first, last', [
    ('vit-base-imagenet', 'layers.0.', 'layers.1.'),
    ('eva02-base', 'layers.0.', 'layers.1.'),
    ('swin-base-imagenet', 'stages.0.', 'stages.3.'),
    ('convnext-base-imagenet', 'stages.0.', 'stages.3.'),
])
def test_rates_of_other_networks(start, first, last):
    shares, _ = rates(config(start))

    def of(prefix):
        return [
            share for name, share in shares.items()
            if name.startswith(f'backbone.{prefix}')
        ]

    assert max(of(first)) < min(of(last)) < 1
    assert shares['neck.1.linear.weight'] == 1


def test_the_moving_average_suits_short_trainings():
    hook, = Config.fromfile(ROOT / 'configs/_base_/hooks/ema.py').custom_hooks
    hook = dict(hook, type=hook.pop('ema_type'))
    model = torch.nn.Linear(1, 1, bias=False)
    average = MODELS.build(dict(hook, model=model))
    assert isinstance(average, ExponentialMovingAverage)
    for step in range(200):
        with torch.no_grad():
            model.weight.fill_(step)
        average.update_parameters(model)
    # Behind by a tenth of the way, not near where it began.
    assert 170 < average.module.weight.item() < 195


def test_layers_that_compute_again_give_the_same_gradients(monkeypatch):
    from mmengine.runner import turn_on_activation_checkpointing
    cfg = config('vit-large-clip')
    shrink_network(cfg)
    forget_weights(cfg)
    cfg.model.backbone.drop_path_rate = 0.
    torch.manual_seed(0)
    model = build(cfg).train()
    images = torch.rand(4, 3, 224, 112)
    gradients = []
    for again in (False, True):
        if again:
            turn_on_activation_checkpointing(model,
                                             cfg.activation_checkpointing)
        model.zero_grad()
        model(images).square().mul(torch.arange(512)).sum().backward()
        gradients.append(
            {n: p.grad for n, p in model.backbone.named_parameters()})
    assert len(gradients[0]) > 20
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient)
