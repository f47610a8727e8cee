import pytest
import torch
from mmpretrain.structures import DataSample

from snreid_mm.models import (BatchHardTripletLoss, LayerSimilarityHead,
                              ReIDHead)

LABELS = [0, 0, 1, 1, 4, 3]
TRIPLET = dict(type='snreid_mm.BatchHardTripletLoss', margin=.5)


def build(**overrides):
    torch.manual_seed(0)
    options = dict(in_channels=8, num_classes=5, num_taps=2)
    return LayerSimilarityHead(**{**options, **overrides})


def samples():
    return [DataSample().set_gt_label(label) for label in LABELS]


@pytest.fixture
def embeddings():
    return torch.randn(6, 8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def layers():
    generator = torch.Generator().manual_seed(1)
    return tuple(
        torch.randn(6, length, generator=generator) for length in (4, 7))


def test_losses_come_beside_those_of_the_embedding(embeddings, layers):
    head = build()
    losses = head.loss((embeddings, ), samples(), layers=layers)
    plain = ReIDHead(in_channels=8, num_classes=5)
    plain.load_state_dict(head.state_dict(), strict=False)
    for key, value in plain.loss((embeddings, ), samples()).items():
        assert torch.equal(losses.pop(key), value)
    triplet = BatchHardTripletLoss(margin=.3, normalize=True)
    assert losses == {
        f'loss_tap{i}_triplet': triplet(layer, torch.tensor(LABELS))
        for i, layer in enumerate(layers)
    }


def test_each_tap_may_have_its_loss(embeddings, layers):
    whole = build(loss_tap=TRIPLET)
    parts = build(loss_tap=[
        dict(TRIPLET, loss_weight=.5),
        dict(TRIPLET, loss_weight=.25)
    ])
    whole = whole.loss((embeddings, ), samples(), layers=layers)
    parts = parts.loss((embeddings, ), samples(), layers=layers)
    for i, weight in enumerate((.5, .25)):
        key = f'loss_tap{i}_triplet'
        assert torch.isclose(parts[key], whole[key] * weight)
    assert parts['loss_triplet'] == whole['loss_triplet']


@pytest.mark.parametrize('overrides, message', [
    (dict(num_taps=None), 'there are 0 for 0 taps: write .*model.taps'),
    (dict(loss_tap=[TRIPLET] * 3), 'there are 3 for 2 taps'),
])
def test_bad_options(overrides, message):
    with pytest.raises(ValueError, match=message) as error:
        build(**overrides)
    assert '\n' not in str(error.value)
