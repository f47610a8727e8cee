"""The taps of every config learn: a short training leaves them spread out."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.datasets.samplers import ActionIdentitySampler
from snreid_mm.registry import MODELS

ROOT = Path(__file__).parents[2]
# A small ResNet in the place of either network, and small crops.
SMALL = dict(depth=18, stem_channels=8, base_channels=8)
PARTS = dict(type='ResNet', strides=(1, 2, 2, 1), **SMALL)
SIZE = (64, 32)
BATCH, ITERATIONS = 32, 30


def tapped():
    """One config for each model with taps: many differ in their data alone."""
    paths = {}
    for path in sorted(ROOT.glob('configs/*/*.py')):
        model = {} if path.parent.name == '_base_' else Config.fromfile(
            path).get('model', {})
        if model.get('taps'):
            parts = (model.backbone.out_indices, model.taps, model.head)
            paths.setdefault(str((path.parent.name, parts)), path)
    return list(paths.values())


CONFIGS = tapped()


@pytest.fixture(scope='module')
def crops(tiny_pitch):
    """All training crops of the tiny pitch, and their dataset."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        dataset = SoccerNetReID(
            str(tiny_pitch),
            pipeline=[
                dict(type='snreid_mm.LoadCropFromFile'),
                dict(type='Resize', scale=SIZE[::-1]),
                dict(type='PackInputs'),
            ])
    return dataset, [dataset[i] for i in range(len(dataset))]


def train(path, crops, **taps):
    """Train a config's taps for a while.

    Returns:
        tuple: The distance of two crops on average, of each tap, whose
        embeddings are of unit length, and each tap's loss at the start and
        at the end.
    """
    cfg = Config.fromfile(path)
    torch.manual_seed(0)
    cfg.model.backbone.update(SMALL, init_cfg=None)
    if cfg.model.get('part_extractor') is not None:
        cfg.model.part_extractor = PARTS
    cfg.model.taps.update(taps)
    cfg.model.input_size = SIZE
    dataset, samples = crops
    cfg.model.head.num_classes = dataset.num_identities
    model = MODELS.build(
        dict(cfg.model, data_preprocessor=cfg.data_preprocessor)).train()
    model.init_weights()
    optimizer = dict(cfg.optim_wrapper.optimizer, lr=2e-3)
    optimizer.pop('fused', None)  # needs torch 2.4 on a CPU
    wrapper = build_optim_wrapper(
        model, dict(cfg.optim_wrapper, type='OptimWrapper',
                    optimizer=optimizer))
    kept = []
    model.taps.register_forward_hook(lambda *args: kept.append(args[-1]))

    sampler, losses = ActionIdentitySampler(dataset, seed=0), []
    for epoch in range(-(-ITERATIONS // (len(samples) // BATCH))):
        sampler.set_epoch(epoch)
        order = list(sampler)
        for i in range(0, len(order) - BATCH + 1, BATCH):
            batch = [samples[j] for j in order[i:i + BATCH]]
            log = model.train_step(pseudo_collate(batch), wrapper)
            losses.append([
                log[f'loss_tap{j}_triplet'].item()
                for j in range(model.head.num_taps)
            ])
    losses = torch.tensor(losses)  # (iterations, taps)
    spread = [
        torch.pdist(F.normalize(layer.detach())).mean().item()
        for layer in kept[-1]
    ]
    return spread, losses[:5].mean(0), losses[-5:].mean(0)


def test_every_family_with_taps_is_tried():
    families = {path.parent.name for path in CONFIGS}
    assert families >= {'ablation', 'bilinear', 'demo', 'pitch_table'}


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_taps_learn(path, crops):
    spread, start, end = train(path, crops)
    # Directions that have nothing in common are the root of 2 apart.
    assert all(1.2 < each < 1.45 for each in spread), spread
    assert (end < .9 * start).all(), (start, end)


def test_without_the_norm_layer_they_collapse(crops):
    path, = [path for path in CONFIGS if path.parent.name == 'ablation']
    spread, _, end = train(path, crops, out_norm_cfg=None)
    assert spread[0] < .5
    margin = Config.fromfile(path).model.head.loss_tap
    assert end[0] > margin.margin * margin.loss_weight
