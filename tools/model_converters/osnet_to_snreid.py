"""Turn a published OSNet into a checkpoint of the baseline configs' model:
``python tools/model_converters/osnet_to_snreid.py osnet_x1_0_imagenet.pth
checkpoints/osnet_x1_0.pth``.
"""

import argparse
import io
import re
from collections import OrderedDict
from pathlib import Path

import torch
from mmpretrain.models.necks import LinearNeck

from snreid_mm.models import OSNet
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.safe_load import read_checkpoint

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


def read(path):
    """Read a state dict, without running code that the file may hold.

    Returns:
        dict[str, Tensor]: The weights by their published names.
    """
    state = read_checkpoint(path)
    if isinstance(state.get('state_dict'), dict):
        state = state['state_dict']
    if not state:
        raise ValueError(f'{path} holds no state dict.')
    for key, value in state.items():
        if not isinstance(value, torch.Tensor):
            raise ValueError(f'{path}: {key} is a {type(value).__name__}, but '
                             'a state dict holds tensors alone.')
    return OrderedDict((re.sub(r'^module\.', '', key), value)
                       for key, value in state.items())


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
        f'{_count(keys, *verbs)} {what}: {_some(keys)}'
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


def _count(items, one, many):
    number = len(items)
    return f'1 weight {one}' if number == 1 else f'{number} weights {many}'


def _some(items):
    return '; '.join(items[:4]) + ('; …' if len(items) > 4 else '')


@user_errors
def main():
    args = parse_args()
    if Path(args.source).resolve() == Path(args.target).resolve():
        raise ValueError(f'{args.target} is the file to read from: give the '
                         'checkpoint another name.')
    state = read(args.source)
    width = find_width(state)
    weights, unused = convert(state, target_state(width))
    buffer = io.BytesIO()
    meta = dict(source=Path(args.source).name, width=width)
    torch.save(dict(meta=meta, state_dict=weights), buffer)
    write_atomically(args.target, buffer.getvalue())
    print(f'OSNet of width {width}: {len(weights)} weights used, '
          f'{len(unused)} not used'
          f'{": " + ", ".join(unused) if unused else ""}.')
    print(f'Written: {args.target}')


if __name__ == '__main__':
    main()
