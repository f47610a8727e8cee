import pytest
import torch
from mmpretrain.models import ResNet

from snreid_mm.models import ResNetMid
from snreid_mm.registry import MODELS

SMALL = dict(depth=50, stem_channels=4, base_channels=4)


def images():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, 3, 70, 38, generator=generator)


def pair(**overrides):
    """A ResNet and its twin that shows its blocks."""
    torch.manual_seed(0)
    plain = ResNet(**SMALL, **overrides)
    mid = ResNetMid(**SMALL, **overrides)
    mid.load_state_dict(plain.state_dict())  # strict
    plain.eval(), mid.eval()
    return plain, mid


@pytest.mark.parametrize('overrides', [
    dict(),
    dict(deep_stem=True, strides=(1, 2, 2, 1)),
    dict(num_stages=3, strides=(1, 2, 2), dilations=(1, 1, 1),
         out_indices=(2, )),
])
def test_last_map_is_the_resnets(overrides):
    plain, mid = pair(**overrides)
    blocks = []
    last = getattr(plain, plain.res_layers[-1])
    for block in last:
        block.register_forward_hook(
            lambda module, inputs, output: blocks.append(output))
    expected, = plain(images())
    outputs = mid(images())
    assert len(outputs) == len(blocks) == len(last)
    for output, block in zip(outputs, blocks):
        assert torch.equal(output, block)
    assert torch.equal(outputs[-1], expected)
    assert not torch.equal(outputs[0], outputs[1])


def test_out_indices_count_stages():
    plain, mid = pair(out_indices=(1, 2, 3))
    expected = plain(images())
    outputs = mid(images())
    assert len(outputs) == 2 + 3
    for i, j in ((0, 0), (1, 1), (2, 4)):
        assert torch.equal(expected[i], outputs[j])
    plain, mid = pair(out_indices=(0, 2))  # without the last stage
    for output, each in zip(mid(images()), plain(images())):
        assert torch.equal(output, each)


def test_frozen_stages():
    mid = ResNetMid(**SMALL, frozen_stages=2, norm_eval=True)
    mid.train()
    assert not mid.layer2[0].bn1.training
    assert not mid.layer2[0].conv1.weight.requires_grad
    assert mid.layer3[0].conv1.weight.requires_grad


def test_imagenet_weights_load(tmp_path):
    # torchvision's file: a ResNet's names, and its classifier.
    plain, _ = pair()
    state, path = plain.state_dict(), tmp_path / 'resnet50.pth'
    torch.save({**state, 'fc.weight': torch.rand(9, 128)}, path)
    mid = MODELS.build(
        dict(
            type='snreid_mm.ResNetMid',
            **SMALL,
            init_cfg=dict(type='Pretrained', checkpoint=str(path))))
    mid.init_weights()
    for key, value in mid.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_names_are_torchvisions():
    # What `torchvision://resnet50` holds, less its classifier.
    from torchvision.models import resnet50
    with torch.device('meta'):
        theirs = resnet50().state_dict()
    ours = ResNetMid(depth=50).state_dict()
    assert {key: value.shape
            for key, value in ours.items()} == {
                key: value.shape
                for key, value in theirs.items() if not key.startswith('fc.')
            }
