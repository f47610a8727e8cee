"""Turn the published OpenPose weights into a checkpoint of OpenPoseParts:
``python tools/model_converters/openpose_to_snreid.py body_pose_model.pth
checkpoints/openpose_parts.pth``.
"""

import argparse
import io
from collections import OrderedDict
from pathlib import Path

import torch

from snreid_mm.models import OpenPoseParts
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.safe_load import read_checkpoint

# The layers that are not published. A file may hold them all the same, if it
# was trained further for re-identification.
_OURS = ('pose1', 'bn')
_REMEDY = ("Give the weights of OpenPose's body network for COCO (18 joints), "
           'with the names of the Caffe layers.')


def parse_args():
    parser = argparse.ArgumentParser(
        description="Turn OpenPose's body network for COCO, as converted from "
        'Caffe to PyTorch (a state dict with the names of the Caffe layers), '
        'into a checkpoint that snreid_mm.OpenPoseParts loads.')
    parser.add_argument(
        'source', help='the published weights, such as body_pose_model.pth')
    parser.add_argument('target', help='the checkpoint to write')
    return parser.parse_args()


def read(path):
    """Read a state dict, without running code that the file may hold.

    Returns:
        dict[str, Tensor]: The weights by their names in the file.
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
    return state


def convert(state, wanted):
    """Choose the weights of OpenPoseParts, whatever stands before their names.

    Args:
        state (dict[str, Tensor]): The published weights, such as
            ``'model0.conv1_1.weight'`` or ``'conv1_1.weight'``.
        wanted (dict[str, Tensor]): The state dict of OpenPoseParts.

    Returns:
        tuple[OrderedDict, list[str]]: The weights by the names of
        OpenPoseParts, and the names in the file of those it has no use for.
    """
    found, unused = {}, []
    for key, value in state.items():
        # The layer and its parameter, without the modules around them.
        name = '.'.join(key.split('.')[-2:])
        if name not in wanted:
            unused.append(key)
        elif name in found:
            raise ValueError(f'{found[name]} and {key} are both the weights '
                             f'{name}: take one of them out.')
        else:
            found[name] = key
    missing = [
        name for name in wanted
        if name not in found and name.split('.')[0] not in _OURS
    ]
    if missing:
        raise ValueError(f'{_count(missing, "is", "are")} missing: '
                         f'{", ".join(missing)}. {_REMEDY}')
    wrong = [
        f'{key} is {tuple(state[key].shape)}, needed '
        f'{tuple(wanted[name].shape)}' for name, key in found.items()
        if state[key].shape != wanted[name].shape
    ]
    if wrong:
        raise ValueError(f'{_count(wrong, "has", "have")} another shape: '
                         f'{"; ".join(wrong)}. {_REMEDY}')
    weights = OrderedDict(
        # A copy, since a view would drag all of its storage into the file.
        (name, state[found[name]].to(wanted[name].dtype, copy=True))
        for name in wanted if name in found)
    return weights, unused


def _count(items, one, many):
    number = len(items)
    return f'1 weight {one}' if number == 1 else f'{number} weights {many}'


def write(path, weights, source):
    """Write a checkpoint of MMEngine's kind."""
    buffer = io.BytesIO()
    torch.save(
        dict(meta=dict(source=Path(source).name), state_dict=weights), buffer)
    write_atomically(path, buffer.getvalue())


@user_errors
def main():
    args = parse_args()
    if Path(args.source).resolve() == Path(args.target).resolve():
        raise ValueError(f'{args.target} is the file to read from: give the '
                         'checkpoint another name.')
    wanted = OpenPoseParts().state_dict()
    weights, unused = convert(read(args.source), wanted)
    write(args.target, weights, args.source)
    print(f'{len(weights)} weights used, {len(unused)} not used'
          f'{":" if unused else "."}')
    for key in unused:
        print(f'  {key}')
    ours = [name for name in wanted if name not in weights]
    if ours:
        print(f'Not published, so they start afresh: {", ".join(ours)}')
    print(f'Written: {args.target}')


if __name__ == '__main__':
    main()
