import pytest
import torch

from snreid_mm.models import MidLevelNeck
from snreid_mm.registry import MODELS

BACKBONE = dict(
    type='snreid_mm.ResNetMid', depth=50, stem_channels=4, base_channels=4)


def maps(num=3, channels=8, size=(3, 2)):
    generator = torch.Generator().manual_seed(0)
    return tuple(
        torch.rand(2, channels, *size, generator=generator)
        for _ in range(num))


def test_embedding():
    neck = MidLevelNeck(8, mid_channels=5).eval()
    first, second, last = maps()
    embedding, = neck((first, second, last))
    assert embedding.shape == (2, 13) and neck.out_channels == 13
    means = [each.mean((2, 3)) for each in (first, second, last)]
    fc, norm = neck.mid.fc, neck.mid.norm
    hidden = torch.cat(means[:2], 1) @ fc.weight.T + fc.bias
    hidden = hidden / (1 + norm.eps)**.5  # running mean 0, variance 1
    torch.testing.assert_close(embedding[:, :5], hidden.relu())
    assert torch.equal(embedding[:, 5:], means[2])


def test_the_last_maps_are_taken():
    neck = MidLevelNeck(8, mid_channels=5, num_mid=1).eval()
    many = maps(4)
    assert torch.equal(neck(many)[0], neck(many[2:])[0])
    assert neck.mid.fc.in_features == 8


def test_options():
    neck = MidLevelNeck(8, mid_channels=5, norm_cfg=None, act_cfg=None)
    neck.init_weights()
    assert (neck(maps())[0][:, :5] < 0).any()  # no ReLU
    assert not list(neck.mid.norm.parameters())
    neck = MidLevelNeck(64, mid_channels=500)
    neck.init_weights()
    assert neck.mid.fc.weight.std().item() == pytest.approx(.01, rel=.1)


@pytest.mark.parametrize('feats', [
    maps(2),
    maps(1)[0],
    (torch.rand(2, 7, 3, 2), *maps(2)),
    (torch.rand(2, 8), *maps(2)),
])
def test_maps_that_do_not_fit(feats):
    with pytest.raises(
            ValueError, match='joins 3 maps of 8 channels.*ResNetMid'):
        MidLevelNeck(8)(feats)


def build(backbone=BACKBONE):
    return MODELS.build(
        dict(
            type='snreid_mm.PlayerReID',
            backbone=backbone,
            neck=dict(type='snreid_mm.MidLevelNeck', mid_channels=6),
            input_size=(64, 32)))


def test_in_a_model():
    model = build()
    assert model.neck.in_channels == 128
    assert model.embedding_dim == 128 + 6
    model.eval()
    assert model(torch.rand(2, 3, 64, 32)).shape == (2, 134)


def test_another_backbone_is_refused():
    with pytest.raises(
            ValueError,
            match=r'model\.neck \(MidLevelNeck\) cannot take.*ResNetMid'):
        build(dict(BACKBONE, type='ResNet'))
