"""Turn a published OSNet into a checkpoint of the baseline configs' model:
``python tools/model_converters/osnet_to_snreid.py osnet_x1_0_imagenet.pth
checkpoints/osnet_x1_0.pth``.
"""

import argparse
import re
from collections import OrderedDict

from mmpretrain.models.necks import LinearNeck

from snreid_mm.models import OSNet
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.weights import (check_target, count_weights,
                                     read_state_dict, write_weights)

_WIDTHS = (1.0, 0.75, 0.5, 0.25)
# The published names of the parts after the backbone, and the model's.
_NECK = {'fc.0.': 'neck.fc.', 'fc.1.': 'neck.norm.'}
_UNUSED = 'classifier.'
# Older checkpoints lack this, and nothing depends on it.
_COUNTER = '.num_batches_tracked'
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
    """Tell the width of the network by its first convolution."""
    stems = {}
    for width in _WIDTHS:
        stems[OSNet(width).conv1.conv.out_channels] = width
    stem = state.get('conv1.conv.weight')
    if stem is None:
        raise ValueError('1 weight is missing: conv1.conv.weight, by which '
                         f'the width is known. {_REMEDY}')
    channels = stem.shape[0] if stem.ndim else 0
    if channels not in stems:
        raise ValueError(
            f'conv1.conv.weight has {channels} channels, but an OSNet has '
            f'{", ".join(map(str, stems))}. {_REMEDY}')
    return stems[channels]


def target_state(width):
    """Give the state dict of a model of that width, by its own names."""
    backbone = OSNet(width)
    neck = LinearNeck(backbone.conv5.conv.out_channels, 512)
    wanted = OrderedDict()
    for start, part in (('backbone.', backbone), ('neck.', neck)):
        for key, value in part.state_dict().items():
            wanted[start + key] = value
    return wanted


def rename(key):
    """Give the model's name of a published weight."""
    for theirs, ours in _NECK.items():
        if key.startswith(theirs):
            return ours + key[len(theirs):]
    return f'backbone.{key}'


def published_name(name):
    """Give the published name of a weight of the model."""
    for theirs, ours in _NECK.items():
        if name.startswith(ours):
            return theirs + name[len(ours):]
    return name[len('backbone.'):]


def convert(state, wanted):
    """Bring published weights to the names of the model.

    Args:
        state (dict[str, Tensor]): The published weights.
        wanted (dict[str, Tensor]): The state dict of the model.

    Returns:
        tuple[OrderedDict, list[str]]: The weights by the model's names, and
        the published names of those it has no use for.

    Raises:
        ValueError: If a weight is missing, unknown, or of another shape.
    """
    unused = [key for key in state if key.startswith(_UNUSED)]
    theirs = {rename(key): key for key in state if key not in unused}
    missing = [
        published_name(key) for key in wanted
        if key not in theirs and not key.endswith(_COUNTER)
    ]
    unknown = [key for name, key in theirs.items() if name not in wanted]
    wrong = [
        f'{key} is {tuple(state[key].shape)}, needed '
        f'{tuple(wanted[name].shape)}' for name, key in theirs.items()
        if name in wanted and state[key].shape != wanted[name].shape
    ]
    reasons = [
        f'{count_weights(keys, *verbs)} {what}: {_some(keys)}'
        for keys, verbs, what in (
            (missing, ('is', 'are'), 'missing'),
            (unknown, ('is', 'are'), 'not of this network'),
            (wrong, ('has', 'have'), 'another shape'),
        ) if keys
    ]
    if reasons:
        raise ValueError(f'{". ".join(reasons)}. {_REMEDY}')
    weights = OrderedDict(
        # A copy, since a view would drag all of its storage into the file.
        (name, state[theirs[name]].to(wanted[name].dtype, copy=True))
        for name in wanted if name in theirs)
    return weights, unused


def _some(items):
    return '; '.join(items[:4]) + ('; …' if len(items) > 4 else '')


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
    weights, unused = convert(state, target_state(width))
    write_weights(args.target, weights, args.source, width=width)
    print(f'OSNet of width {width}: {len(weights)} weights used, '
          f'{len(unused)} not used'
          f'{": " + ", ".join(unused) if unused else ""}.')
    print(f'Written: {args.target}')


if __name__ == '__main__':
    main()
