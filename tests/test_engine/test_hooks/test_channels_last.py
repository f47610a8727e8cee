from types import SimpleNamespace

import torch
from mmengine.hooks import EMAHook
from mmengine.runner.priority import get_priority
from torch import nn

from snreid_mm.engine import ChannelsLastHook
from snreid_mm.registry import HOOKS


def run(model):
    hook = HOOKS.build(dict(type='snreid_mm.ChannelsLastHook'))
    assert type(hook) is ChannelsLastHook
    hook.before_run(SimpleNamespace(model=model))


def is_last(tensor):
    return tensor.is_contiguous(memory_format=torch.channels_last)


def test_weights_and_maps_have_their_channels_last():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 5, 3)).eval()
    images = torch.rand(2, 3, 9, 8)
    right = model(images)
    run(model)
    assert is_last(model[0].weight)
    maps = model(images)
    assert is_last(maps)
    assert torch.allclose(maps, right, atol=1e-6)


def test_what_is_no_convolution_over_images_is_left_alone():
    model = nn.Sequential(nn.Conv3d(3, 4, 3), nn.ConvTranspose2d(4, 5, 2))
    model.places = nn.Parameter(torch.rand(1, 4, 6, 5))
    run(model)
    assert not is_last(model.places)
    assert is_last(model[1].weight)


def test_it_comes_before_the_moving_average_copies_the_weights():
    assert get_priority(ChannelsLastHook.priority) < get_priority(
        EMAHook.priority)


def test_a_checkpoint_without_it_is_loaded():
    saved = nn.Conv2d(3, 4, 3)
    model = nn.Conv2d(3, 4, 3)
    run(model)
    model.load_state_dict(saved.state_dict())
    assert is_last(model.weight)
    assert torch.equal(model.weight, saved.weight)
