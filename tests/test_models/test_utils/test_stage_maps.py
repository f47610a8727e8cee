import pytest
import torch
from torch import nn

from snreid_mm.models import PlayerReID
from snreid_mm.models.utils.stage_maps import map_energy, stage_maps

GAP = dict(type='GlobalAveragePooling')
RESNET = dict(type='ResNet', depth=18, stem_channels=8, base_channels=8)
IMAGES = torch.rand(2, 3, 64, 32)


def build(backbone, neck=GAP):
    return PlayerReID(
        backbone=backbone, neck=neck, input_size=(64, 32)).eval()


def test_the_stages_of_a_resnet():
    model = build(RESNET)
    maps = stage_maps(model, IMAGES)
    assert {name: tuple(each.shape) for name, each in maps.items()} == {
        'backbone.layer1': (2, 8, 16, 8),
        'backbone.layer2': (2, 16, 8, 4),
        'backbone.layer3': (2, 32, 4, 2),
        'backbone.layer4': (2, 64, 2, 1),
    }
    torch.testing.assert_close(maps['backbone.layer4'],
                               model.backbone(IMAGES)[-1])
    assert not any(m._forward_hooks for m in model.modules())


def test_a_list_of_stages():
    model = build(
        dict(
            type='ConvNeXt',
            arch=dict(depths=[2, 2, 2, 2], channels=[4, 8, 8, 8]),
            gap_before_final_norm=False))
    assert list(stage_maps(model, IMAGES)) == [
        f'backbone.stages.{i}' for i in range(4)
    ]


class Tokens(nn.Module):
    """Without convolutions inside, as transformers."""

    def forward(self, images):
        return images[:, :, ::8, ::8], images[:, :, ::16, ::16]


def test_without_stages_the_outputs_are_taken():
    maps = stage_maps(build(Tokens()), IMAGES)
    assert [tuple(each.shape) for each in maps.values()] == [(2, 3, 8, 4),
                                                             (2, 3, 4, 2)]
    assert list(maps)[1] == 'backbone output 1'


def test_modules_by_name_in_their_order():
    names = ['backbone.layer2', 'backbone.conv1']
    maps = stage_maps(build(RESNET), IMAGES, names)
    assert list(maps) == names
    assert maps['backbone.conv1'].shape == (2, 8, 32, 16)


@pytest.mark.parametrize('name, message', [
    ('backbone.layer9', "no module 'backbone.layer9'.*backbone.layer1"),
    ('neck', 'neck gives no map'),
])
def test_what_is_no_map_is_named(name, message):
    model = build(RESNET)
    with pytest.raises(ValueError, match=message):
        stage_maps(model, IMAGES, [name])
    assert not any(m._forward_hooks for m in model.modules())


def test_a_backbone_of_vectors_has_nothing_to_draw():

    class Vectors(nn.Module):

        def forward(self, images):
            return images.mean((2, 3))

    with pytest.raises(ValueError, match='Vectors gives no map'):
        stage_maps(build(Vectors(), None), IMAGES)


def test_energy_is_the_length_of_each_vector():
    maps = torch.zeros(1, 2, 1, 2)
    maps[0, :, 0, 1] = torch.tensor([3., -4])
    assert map_energy(maps).tolist() == [[[0, 5]]]
