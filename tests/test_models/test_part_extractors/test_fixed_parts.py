import pytest
import torch

from snreid_mm.registry import MODELS

PARTS = dict(type='snreid_mm.FixedParts', num_parts=4, grid=(8, 3))


def test_stripes_are_the_same_in_every_image():
    parts = MODELS.build(PARTS)
    maps = parts(torch.rand(2, 3, 32, 16))
    assert maps.shape == (2, 4, 8, 3)
    assert torch.equal(maps[0], maps[1])
    # Each row belongs to one stripe, each stripe has two rows.
    assert torch.equal(maps[0, :, :, 0], torch.eye(4).repeat_interleave(2, 1))
    assert not list(parts.parameters())


def test_a_row_can_lie_in_two_stripes():
    maps = MODELS.build({**PARTS, 'num_parts': 3})(torch.rand(1, 3, 8, 8))
    column = maps[0, :, :, 0]
    torch.testing.assert_close(column.sum(0), torch.ones(8))
    torch.testing.assert_close(column.sum(1), torch.full((3, ), 8 / 3))
    torch.testing.assert_close(column[:, 2], torch.tensor([2 / 3, 1 / 3, 0]))


def test_maps_of_a_file(tmp_path):
    wanted = torch.rand(20, 8, 3)
    path = str(tmp_path / 'maps.pth')
    torch.save(dict(state_dict=dict(maps=wanted)), path)
    parts = MODELS.build({
        **PARTS, 'num_parts': 20,
        'init_cfg': dict(type='Pretrained', checkpoint=path)
    })
    parts.init_weights()
    assert torch.equal(parts(torch.rand(1, 3, 8, 8))[0], wanted)
    # And they go into the model's own checkpoint.
    assert torch.equal(parts.state_dict()['maps'], wanted)


@pytest.mark.parametrize('state', [
    dict(maps=torch.zeros(3, 8, 3)),
    dict(other=torch.zeros(4, 8, 3)),
])
def test_maps_that_do_not_fit_are_refused(tmp_path, state):
    path = str(tmp_path / 'maps.pth')
    torch.save(dict(state_dict=state), path)
    parts = MODELS.build(
        {**PARTS, 'init_cfg': dict(type='Pretrained', checkpoint=path)})
    with pytest.raises(ValueError, match='FixedParts.*mean_parts.py'):
        parts.init_weights()


def test_there_must_be_a_part():
    with pytest.raises(ValueError, match='num_parts of FixedParts is 0'):
        MODELS.build({**PARTS, 'num_parts': 0})
