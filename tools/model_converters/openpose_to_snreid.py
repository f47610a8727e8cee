"""Turn the published OpenPose weights into a checkpoint of OpenPoseParts:
``python tools/model_converters/openpose_to_snreid.py body_pose_model.pth
checkpoints/openpose_parts.pth``.
"""

import argparse
from collections import OrderedDict

from snreid_mm.models import OpenPoseParts
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.weights import (check_target, count_weights,
                                     read_state_dict, write_weights)

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
        raise ValueError(f'{count_weights(missing, "is", "are")} missing: '
                         f'{", ".join(missing)}. {_REMEDY}')
    wrong = [
        f'{key} is {tuple(state[key].shape)}, needed '
        f'{tuple(wanted[name].shape)}' for name, key in found.items()
        if state[key].shape != wanted[name].shape
    ]
    if wrong:
        raise ValueError(f'{count_weights(wrong, "has", "have")} another '
                         f'shape: {"; ".join(wrong)}. {_REMEDY}')
    weights = OrderedDict(
        # A copy, since a view would drag all of its storage into the file.
        (name, state[found[name]].to(wanted[name].dtype, copy=True))
        for name in wanted if name in found)
    return weights, unused


@user_errors
def main():
    args = parse_args()
    check_target(args.source, args.target)
    wanted = OpenPoseParts().state_dict()
    weights, unused = convert(read_state_dict(args.source), wanted)
    write_weights(args.target, weights, args.source)
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
