"""The necks inside the model: channels are found, errors name the key."""

import pytest
import torch
from mmengine.model import BaseModule
from torch import nn

from snreid_mm.registry import MODELS


class ToyParts(BaseModule):
    """Six part maps."""

    def __init__(self, stride=32):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, stride, stride)

    def forward(self, inputs):
        return self.conv(inputs)


NECKS = [
    dict(type='snreid_mm.CompactBilinearPooling', out_channels=16),
    dict(type='snreid_mm.BilinearPooling'),
    dict(type='snreid_mm.ConcatFusion'),
    dict(type='snreid_mm.GatedSumFusion', out_channels=16),
]


def build(neck, **overrides):
    return MODELS.build({
        **dict(
            type='snreid_mm.PlayerReID',
            backbone=dict(
                type='ResNet',
                depth=18,
                base_channels=8,
                stem_channels=8),
            part_extractor=dict(type=ToyParts),
            neck=neck,
            head=dict(type='snreid_mm.ReIDHead', num_classes=3)),
        **overrides
    })


@pytest.mark.parametrize('neck', NECKS)
def test_channels_are_found(neck):
    model = build(neck)
    assert model.neck.in_channels == (64, 6)
    assert model.embedding_dim == model.neck.out_channels
    assert model.head.in_channels == model.embedding_dim
    embedding = model.eval()(torch.rand(2, 3, 64, 32))
    assert embedding.shape == (2, model.embedding_dim)
    assert torch.allclose(embedding.norm(dim=1), torch.ones(2))
    wide = build(
        dict(neck, appearance_proj=dict(out_channels=4)),
        backbone=dict(type='ResNet', depth=50))
    assert wide.neck.in_channels == (2048, 6)
    assert wide.neck.map_channels == (4, 6)


def test_necks_after_it():
    model = build(
        [NECKS[0],
         dict(type='LinearNeck', out_channels=5, norm_cfg=None)])
    assert model.embedding_dim == 5


def test_a_checkpoint_of_another_seed():
    trained = build(dict(NECKS[0], seed=1)).eval()
    model = build(dict(NECKS[0], seed=2)).eval()
    model.load_state_dict(trained.state_dict())
    images = torch.rand(2, 3, 64, 32)
    assert torch.equal(model(images), trained(images))


@pytest.mark.parametrize('neck', NECKS)
def test_what_does_not_fit(neck):
    with pytest.raises(
            ValueError,
            match=r'model\.neck \(\w+\).* is 8x4 and the part map 16x8'):
        build(neck, part_extractor=dict(type=ToyParts, stride=16))
    with pytest.raises(
            ValueError,
            match=r'model\.neck\.in_channels is \(512, 6\).*write \(64, 6\)'):
        build(dict(neck, in_channels=(512, 6)))
    with pytest.raises(
            ValueError,
            match=r'model\.neck \(snreid_mm\.\w+\).*give the model a part_ext'
    ):
        build(neck, part_extractor=None)
