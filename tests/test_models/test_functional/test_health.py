import math

import pytest
import torch
from torch import nn

from snreid_mm.models.functional import (batch_spread, dead_weight_share,
                                         norm_scale)


def test_spread_and_hard_triplets_by_hand():
    # Two people at right angles, whatever the lengths.
    embeddings = torch.tensor([[1., 0], [5, 0], [0, 2], [0, 3]])
    spread, hard = batch_spread(embeddings, torch.tensor([0, 0, 1, 1]))
    assert spread == pytest.approx(math.sqrt(2) * 4 / 6)
    assert hard == 0
    # Each has its own picture at right angles, and another's at itself.
    assert batch_spread(embeddings, torch.tensor([0, 1, 0, 1]))[1] == 1
    # The third person has one picture, and is no anchor.
    embeddings = torch.tensor([[1., 0], [0, 1], [0, 1], [0, 1], [1, 0]])
    hard = batch_spread(embeddings, torch.tensor([0, 0, 1, 1, 2]))[1]
    assert hard == 1


@pytest.mark.parametrize('row', [[0., 0, 0], [1., 2, 3]])
def test_one_point_has_no_spread_and_only_hard_triplets(row):
    embeddings = torch.tensor([row] * 4)
    assert batch_spread(embeddings, torch.arange(4) // 2) == (0, 1)


def test_what_a_batch_cannot_say_is_none():
    two = torch.eye(2)
    assert batch_spread(two[:1], torch.tensor([0])) == (None, None)
    for labels in (None, torch.tensor([0, 0]), torch.tensor([0, 1])):
        assert batch_spread(two, labels) == (pytest.approx(math.sqrt(2)), None)


def test_half_precision_is_computed_in_full():
    embeddings = torch.full((2, 4096), 200., dtype=torch.float16)
    assert batch_spread(embeddings) == (0, None)


def test_dead_weights_are_those_of_trained_layers():
    model = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 4))
    model.head = nn.Linear(4, 1000)
    for weight in model.parameters():
        nn.init.zeros_(weight)
    nn.init.ones_(model[0].weight)
    assert dead_weight_share(model) == .5
    model[0].weight.data[0] = -9e-4
    assert dead_weight_share(model) == 24 / 40
    model[2].requires_grad_(False)
    assert dead_weight_share(model) == 4 / 20
    assert dead_weight_share(nn.BatchNorm1d(3)) is None


def test_the_norm_scale_is_of_batch_norms_alone():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.LayerNorm(3), nn.Linear(3, 3))
    assert norm_scale(model) == 1
    model[0].weight.data[:] = torch.tensor([-.5, 0, .2])
    assert norm_scale(model) == pytest.approx(.7 / 3)
    model[0].requires_grad_(False)
    assert norm_scale(model) is None
    assert norm_scale(nn.BatchNorm2d(3, affine=False)) is None
