import torch
import torch.nn.functional as F

from snreid_mm.models import GatedSumFusion


def test_equals_the_definition(maps):
    torch.manual_seed(0)
    neck = GatedSumFusion((24, 5), 10, normalize=False)
    appearance, parts, gate = (
        F.conv2d(x, conv.weight, conv.bias)
        for x, conv in ((maps[0], neck.appearance_conv),
                        (maps[1], neck.part_conv), (torch.cat(maps, 1),
                                                    neck.gate_conv)))
    gate = 1 / (1 + torch.exp(-gate))
    expected = (gate * appearance + (1 - gate) * parts).mean((2, 3))
    assert torch.allclose(neck(maps)[-1], expected, atol=1e-5)


def test_the_gate_decides(maps):
    neck = GatedSumFusion((24, 5), 10)
    torch.nn.init.zeros_(neck.gate_conv.weight)
    changed = maps[0], -maps[1]
    for bias, same in ((100., True), (0., False)):
        torch.nn.init.constant_(neck.gate_conv.bias, bias)
        assert torch.allclose(neck(maps)[-1], neck(changed)[-1]) == same
