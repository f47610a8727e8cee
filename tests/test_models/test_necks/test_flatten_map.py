import torch

from snreid_mm.registry import MODELS


def test_every_position_has_its_place():
    neck = MODELS.build(dict(type='snreid_mm.FlattenMap'))
    maps = torch.arange(24.).view(2, 3, 2, 2)
    assert neck(maps).tolist() == maps.reshape(2, 12).tolist()
    assert torch.equal(neck((maps[:, :1], maps)), neck(maps))


def test_in_a_model_the_linear_layer_fits_by_itself():
    model = MODELS.build(
        dict(
            type='snreid_mm.PlayerReID',
            input_size=(32, 16),
            backbone=dict(
                type='snreid_mm.FixedParts', num_parts=4, grid=(4, 2)),
            neck=[
                dict(type='snreid_mm.FlattenMap'),
                dict(type='LinearNeck', out_channels=5)
            ]))
    assert model(torch.rand(3, 3, 32, 16)).shape == (3, 5)
