from types import SimpleNamespace

import torch
from torch import nn

from snreid_mm.engine import ChannelsLastHook
from snreid_mm.registry import HOOKS


def test_weights_and_maps_have_their_channels_last():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 5, 3)).eval()
    images = torch.rand(2, 3, 9, 8)
    right = model(images)
    hook = HOOKS.build(dict(type='snreid_mm.ChannelsLastHook'))
    assert type(hook) is ChannelsLastHook
    hook.before_run(SimpleNamespace(model=model))
    last = torch.channels_last
    assert model[0].weight.is_contiguous(memory_format=last)
    maps = model(images)
    assert maps.is_contiguous(memory_format=last)
    assert torch.allclose(maps, right, atol=1e-6)
