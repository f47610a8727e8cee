"""Convert a model that SportsReID published to a checkpoint of the configs'
models: ``python tools/model_converters/sportsreid_to_snreid.py
model.pth.tar checkpoints/sportsreid.pth``.
"""

import argparse
import math
import re

import torch
from mmpretrain.models.backbones import DeiT3, ResNet, VisionTransformer
from mmpretrain.models.necks import LinearNeck
from torch import nn

from snreid_mm.models.utils.checkpoint import CheckpointRule, refuse_misfits
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.weights import (check_target, read_state_dict,
                                     write_weights)

_REMEDY = ("Give a model of SportsReID's (ResNet50-fc512, ViT or DeiT; for "
           "OSNet osnet_to_snreid.py), or torchvision's vit_b_16 or vit_l_16.")
_UNUSED = re.compile(r'(model\.)?(classifier|heads?)\.')
# What stands in a published name, and what in the model's. First the fully
# connected layer and its batch norm.
_NECK = {r'^fc\.0\.': 'neck.fc.', r'^fc\.1\.': 'neck.norm.'}
_TORCHVISION = {
    r'^(model\.)?class_token$': 'backbone.cls_token',
    r'^(model\.)?encoder\.pos_embedding$': 'backbone.pos_embed',
    r'^(model\.)?conv_proj\.': 'backbone.patch_embed.projection.',
    r'^(model\.)?encoder\.ln\.': 'backbone.ln1.',
    r'^(model\.)?encoder\.layers\.encoder_layer_': 'backbone.layers.',
    r'\.ln_(\d)\.': r'.ln\1.',
    r'\.self_attention\.in_proj_': '.attn.qkv.',
    r'\.self_attention\.out_proj\.': '.attn.proj.',
    # The names of either torchvision.
    r'\.mlp\.(linear_1|0)\.': '.ffn.layers.0.0.',
    r'\.mlp\.(linear_2|3)\.': '.ffn.layers.1.',
}
_DEIT = {
    r'^model\.norm\.': 'backbone.ln1.',
    r'^model\.blocks\.': 'backbone.layers.',
    r'^model\.patch_embed\.proj\.': 'backbone.patch_embed.projection.',
    r'^model\.': 'backbone.',
    r'\.norm(\d)\.': r'.ln\1.',
    r'\.mlp\.fc1\.': '.ffn.layers.0.0.',
    r'\.mlp\.fc2\.': '.ffn.layers.1.',
    r'\.gamma_1$': '.attn.gamma1.weight',
    r'\.gamma_2$': '.ffn.gamma2.weight',
}
_RESNET = {r'^(?!neck\.)': 'backbone.'}


def parse_args():
    parser = argparse.ArgumentParser(
        description='Turn a model that SportsReID published (ResNet50-fc512, '
        "ViT, DeiT), or torchvision's weights of vit_b_16 or vit_l_16, into a "
        "checkpoint of the configs' models: the backbone, and the fully "
        'connected layer as the neck. The classifier is left out.')
    parser.add_argument('source', help='the published weights')
    parser.add_argument('target', help='the checkpoint to write')
    return parser.parse_args()


def build_backbone(state):
    """Build the backbone of which a file holds the weights, as large as they
    are.

    Args:
        state (dict[str, Tensor]): The published weights.

    Returns:
        tuple[str, nn.Module, dict]: What it is, the backbone, and what is to
        be changed in the names.

    Raises:
        ValueError: If it is another network.
    """
    conv = state.get('conv1.weight')
    if conv is not None and 'layer4.0.downsample.0.weight' in state:
        base = len(state['layer1.0.conv1.weight'])
        backbone = ResNet(
            50, stem_channels=len(conv), base_channels=base,
            strides=(1, 2, 2, 1))
        return 'ResNet50-fc512', backbone, _RESNET
    for names, position, layer, hidden in (
        (_TORCHVISION, r'(model\.)?encoder\.pos_embedding',
         r'(model\.)?encoder\.layers\.encoder_layer_(\d+)\.ln_1\.weight',
         r'.*encoder_layer_0\.mlp\.(linear_1|0)\.bias'),
        (_DEIT, r'model\.pos_embed', r'model\.blocks\.(\d+)\.norm1\.weight',
         r'model\.blocks\.0\.mlp\.fc1\.bias')):
        places = _matching(state, position)
        widths = _matching(state, hidden)
        if places and widths:
            tokens, width = places[0].shape[1:]
            arch = dict(
                embed_dims=width,
                num_layers=len(_matching(state, layer)),
                num_heads=max(1, width // 64),  # in all of them
                feedforward_channels=len(widths[0]))
            is_third = 'model.blocks.0.gamma_1' in state
            # DeiT-III has no position for its class token.
            side = math.isqrt(tokens if is_third else tokens - 1)
            network = DeiT3 if is_third else VisionTransformer
            name = f'{network.__name__} of {arch["num_layers"]} layers'
            return name, network(arch, img_size=16 * side), names
    raise ValueError(f'It is none of the networks. {_REMEDY}')


def _matching(state, pattern):
    return [value for key, value in state.items()
            if re.fullmatch(pattern, key)]


def convert(state):
    """Rename published weights to the names of the model.

    Args:
        state (dict[str, Tensor]): The published weights.

    Returns:
        tuple[str, dict, list[str]]: The network, the weights by the model's
        names, and the published names of those it has no use for.

    Raises:
        ValueError: If the network is unknown, or a weight is missing,
            unknown, or of another shape.
    """
    name, backbone, names = build_backbone(state)
    parts = dict(backbone=backbone)
    if 'fc.0.weight' in state:  # not in those of torchvision
        out_channels, in_channels = state['fc.0.weight'].shape
        parts['neck'] = LinearNeck(in_channels, out_channels)
    model = nn.ModuleDict(parts)
    refuse_misfits(model, CheckpointRule(name, _REMEDY))
    unused = [key for key in state if _UNUSED.match(key)]
    renamed = {}
    for key in state:
        if key not in unused:
            new = key
            for theirs, ours in {**_NECK, **names}.items():
                new = re.sub(theirs, ours, new)
            renamed[new] = state[key]
    model.load_state_dict(renamed)
    return name, model.state_dict(), unused


@user_errors
def main():
    args = parse_args()
    check_target(args.source, args.target)
    # DataParallel puts this before every name.
    state = {
        re.sub(r'^module\.', '', key): value
        for key, value in read_state_dict(args.source).items()
        if isinstance(value, torch.Tensor)
    }
    name, weights, unused = convert(state)
    write_weights(args.target, weights, args.source, network=name)
    print(f'{name}: {len(state) - len(unused)} weights used, {len(unused)} '
          f'not used{": " + ", ".join(unused) if unused else ""}.')
    print(f'Written: {args.target}')


if __name__ == '__main__':
    main()
