"""Convert the published OpenPose weights to a checkpoint of OpenPoseParts:
``python tools/model_converters/openpose_to_snreid.py body_pose_model.pth
checkpoints/openpose_parts.pth``.
"""

import argparse

from snreid_mm.models import OpenPoseParts
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.weights import (check_target, read_state_dict,
                                     write_weights)

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


def convert(state):
    """Choose the weights of OpenPoseParts, whatever stands before their names.

    Args:
        state (dict[str, Tensor]): The published weights, such as
            ``'model0.conv1_1.weight'`` or ``'conv1_1.weight'``.

    Returns:
        tuple[dict, list[str], list[str]]: The weights by the names of
        OpenPoseParts, the names in the file of those it has no use for, and
        its own names that are not published.

    Raises:
        ValueError: If a weight is missing, there twice, or of another shape.
    """
    model = OpenPoseParts()
    rule = model.checkpoint_rule
    model.checkpoint_rule = rule._replace(remedy=_REMEDY)
    own = model.state_dict()
    found, unused = {}, []
    for key in state:
        # The layer and its parameter, without the modules around them.
        name = '.'.join(key.split('.')[-2:])
        if name not in own:
            unused.append(key)
        elif name in found:
            raise ValueError(f'{found[name]} and {key} are both the weights '
                             f'{name}: take one of them out.')
        else:
            found[name] = key
    # A file may hold them all the same, if it was trained further for
    # re-identification.
    fresh = [name for name in own if rule.is_free(name) and name not in found]
    model.load_state_dict({
        **{name: own[name] for name in fresh},
        **{name: state[key] for name, key in found.items()}
    })
    weights = model.state_dict()
    for name in fresh:
        del weights[name]
    return weights, unused, fresh


@user_errors
def main():
    args = parse_args()
    check_target(args.source, args.target)
    weights, unused, fresh = convert(read_state_dict(args.source))
    write_weights(args.target, weights, args.source)
    print(f'{len(weights)} weights used, {len(unused)} not used'
          f'{":" if unused else "."}')
    for key in unused:
        print(f'  {key}')
    if fresh:
        print(f'Not published, so they start afresh: {", ".join(fresh)}')
    print(f'Written: {args.target}')


if __name__ == '__main__':
    main()
