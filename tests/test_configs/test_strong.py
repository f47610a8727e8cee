"""The strong settings are one thing in all families."""

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from snreid_mm.models import ReIDHead
from snreid_mm.models.necks import FusionNeck
from snreid_mm.registry import MODELS

ROOT = Path(__file__).parents[2]
STRONG = Config.fromfile(ROOT / 'configs/_base_/models/strong.py').strong
OPTIMIZER = Config.fromfile(
    ROOT / 'configs/_base_/schedules/adamw.py').optim_wrapper


def configs():
    """All re-identification configs but those of others, which are the
    published systems' and those that train with Adam, as the original does,
    the recipes', which come to the strong settings piece by piece, and the
    entries and their backbones, which have one loss."""
    for path in sorted(ROOT.glob('configs/*/*.py')):
        if path.parent.name not in ('_base_', 'published', 'recipe',
                                    'recipe_small', 'strong', 'backbones'):
            cfg = Config.fromfile(path)
            if (cfg.model.type == 'snreid_mm.PlayerReID'
                    and cfg.optim_wrapper.optimizer.type != 'Adam'):
                yield path, cfg


CONFIGS = list(configs())
FAMILIES = ('ablation', 'baselines', 'bilinear', 'custom', 'demo', 'imagenet',
            'pitch_table')


def test_there_are_such_configs_in_every_family():
    assert {path.parent.name for path, _ in CONFIGS} == {*FAMILIES}
    # Those of the original say so, or have its batches of 32.
    assert not [path for path, _ in CONFIGS if 'snreid' in path.stem]


ENTRIES = [
    path for family in ('strong', 'backbones')
    for path in sorted(ROOT.glob(f'configs/{family}/*.py'))
]


@pytest.mark.parametrize('path', ENTRIES, ids=lambda path: path.stem)
def test_the_entries_have_the_recipes_last_loss(path):
    last, = ROOT.glob('configs/recipe_small/no-classifier_*.py')
    cfg, last = Config.fromfile(path), Config.fromfile(last)
    head = cfg.model.head
    assert head.loss_cls is None and head.loss_triplet is None
    assert head.losses == last.model.head.losses
    assert cfg.model.normalize_embedding
    check_weight_decay(cfg.optim_wrapper)


def check_weight_decay(wrapper):
    for key in ('type', 'weight_decay'):
        assert wrapper.optimizer[key] == OPTIMIZER.optimizer[key]
    # There may be more: rates that fall from layer to layer.
    assert wrapper.paramwise_cfg.items() >= OPTIMIZER.paramwise_cfg.items()


@pytest.mark.parametrize(
    'path, cfg', CONFIGS, ids=[path.stem for path, _ in CONFIGS])
def test_losses_ranking_and_weight_decay(path, cfg):
    assert cfg.model.normalize_embedding == STRONG.normalize_embedding
    for key in ('loss_cls', 'loss_triplet'):
        assert cfg.model.head[key] == STRONG.head[key]
    check_weight_decay(cfg.optim_wrapper)
    # The classifier sees the embedding at its own length: no neck ends in
    # one of unit length.
    necks = cfg.model.neck
    for neck in necks if isinstance(necks, list) else [necks]:
        if issubclass(MODELS.get(neck.type), FusionNeck):
            assert neck.normalize is False


def test_every_family_links_the_description():
    for family in FAMILIES:
        text = (ROOT / f'configs/{family}/README.md').read_text()
        assert '../../docs/user_guides/strong.md' in text, family


# -- why the classifier needs the embedding's own length ----------------------


def least_loss(length, num_classes):
    """The least cross-entropy of an identity classifier whose weights and
    embeddings have one inner product, ``length``, where they belong together
    and are spread as far apart as can be otherwise."""
    apart = -length * num_classes / (num_classes - 1)
    return math.log1p((num_classes - 1) * math.exp(apart))


def test_the_bound_is_reached_by_a_simplex():
    num = 50
    simplex = F.normalize(torch.eye(num) - 1 / num)
    loss = F.cross_entropy(3. * simplex @ simplex.T, torch.arange(num))
    assert loss.item() == pytest.approx(least_loss(3., num), rel=1e-5)


def test_unit_length_cannot_tell_many_identities_apart():
    num = 161_443  # identities of SoccerNet's whole train split
    # Embeddings and weights of unit length: 11.99 to 10.99, at the very best.
    assert math.log(num) == pytest.approx(11.992, abs=1e-3)
    assert least_loss(1, num) == pytest.approx(10.992, abs=1e-3)
    # What batch norm gives to 512 numbers, with weights as they start.
    assert least_loss(512**.5 * 512**.5 * .01, num) < 7.2
    assert least_loss(512**.5 * .6, num) < .3


def test_the_loss_of_a_classifier_falls_with_the_length():
    """Perfect embeddings, one direction for each identity, and the schedule's
    optimizer: what a classifier learns of them in 60 batches."""
    num, length = 500, 64
    torch.manual_seed(0)
    directions = F.normalize(torch.randn(num, length))
    falls = []
    for scale in (1., length**.5):
        head = ReIDHead(
            in_channels=length,
            num_classes=num,
            loss_cls=STRONG.head.loss_cls,
            loss_triplet=None)
        head.init_weights()
        optimizer = torch.optim.AdamW(
            head.parameters(), lr=OPTIMIZER.optimizer.lr)
        losses = []
        for _ in range(60):
            labels = torch.randint(num, (64, ))
            loss = head.loss_by_feat(scale * directions[labels],
                                     labels)['loss_cls']
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        falls.append(losses[0] - sum(losses[-5:]) / 5)
    assert falls[1] > 5 * falls[0] > 0
