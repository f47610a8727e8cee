"""Convert a published OSNet to a checkpoint of the baseline configs' model:
``python tools/model_converters/osnet_to_snreid.py osnet_x1_0_imagenet.pth
checkpoints/osnet_x1_0.pth``.
"""

import argparse
import re

from mmpretrain.models.necks import LinearNeck
from torch import nn

from snreid_mm.models import OSNet
from snreid_mm.models.utils.checkpoint import CheckpointRule, refuse_misfits
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.weights import (check_target, read_state_dict,
                                     write_weights)

_WIDTHS = (1.0, 0.75, 0.5, 0.25)
# The published names of the parts after the backbone, and the model's.
_NECK = {'fc.0.': 'neck.fc.', 'fc.1.': 'neck.norm.'}
_UNUSED = 'classifier.'
_REMEDY = ('Give a checkpoint of osnet_x1_0, osnet_x0_75, osnet_x0_5 or '
           'osnet_x0_25, without instance normalization (ibn, ain).')


def parse_args():
    parser = argparse.ArgumentParser(
        description='Turn an OSNet that its authors published (torchreid; '
        'trained on ImageNet or on a re-identification data set) into a '
        'checkpoint for model.init_cfg of the OSNet configs: the backbone, '
        'and the fully connected layer as the neck. The classifier is left '
        'out.')
    parser.add_argument(
        'source',
        help='the published weights, such as osnet_x1_0_imagenet.pth')
    parser.add_argument('target', help='the checkpoint to write')
    return parser.parse_args()


def find_width(state):
    """Find the width of the network by its first convolution; 1.0 if there
    is no such network."""
    stem = state.get('conv1.conv.weight')
    for width in _WIDTHS:
        own = OSNet(width).conv1.conv.weight
        if stem is not None and stem.shape == own.shape:
            return width
    return _WIDTHS[0]


def rename(key):
    """Return the model's name of a published weight."""
    for theirs, ours in _NECK.items():
        if key.startswith(theirs):
            return ours + key[len(theirs):]
    return f'backbone.{key}'


def convert(state, width):
    """Rename published weights to the names of the model.

    Args:
        state (dict[str, Tensor]): The published weights.
        width (float): The width of the network.

    Returns:
        tuple[dict, list[str]]: The weights by the model's names, and the
        published names of those it has no use for.

    Raises:
        ValueError: If a weight is missing, unknown, or of another shape.
    """
    backbone = OSNet(width)
    neck = LinearNeck(backbone.conv5.conv.out_channels, 512)
    model = nn.ModuleDict(dict(backbone=backbone, neck=neck))
    refuse_misfits(model, CheckpointRule(f'OSNet of width {width}', _REMEDY))
    unused = [key for key in state if key.startswith(_UNUSED)]
    model.load_state_dict(
        {rename(key): state[key]
         for key in state if key not in unused})
    return model.state_dict(), unused


@user_errors
def main():
    args = parse_args()
    check_target(args.source, args.target)
    # DataParallel and its kin put this before every name.
    state = {
        re.sub(r'^module\.', '', key): value
        for key, value in read_state_dict(args.source).items()
    }
    width = find_width(state)
    weights, unused = convert(state, width)
    write_weights(args.target, weights, args.source, width=width)
    print(f'OSNet of width {width}: {len(state) - len(unused)} weights used, '
          f'{len(unused)} not used'
          f'{": " + ", ".join(unused) if unused else ""}.')
    print(f'Written: {args.target}')


if __name__ == '__main__':
    main()
