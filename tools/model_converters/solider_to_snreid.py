"""Convert SOLIDER's Swin Transformer to a checkpoint of MMPretrain's:
``python tools/model_converters/solider_to_snreid.py swin_base.pth
checkpoints/solider_swin_base.pth``.
"""

import argparse
import re

import torch
import torch.nn.functional as F
from mmpretrain.models.backbones import SwinTransformer

from snreid_mm.models.utils.checkpoint import CheckpointRule, refuse_misfits
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.safe_load import read_checkpoint
from snreid_mm.utils.weights import check_target, write_weights

# Which sizes are published, by their width and the blocks of the third stage.
_ARCHS = {(96, 6): 'tiny', (96, 18): 'small', (128, 18): 'base'}
# Of the training, of outputs that are not used, or computed again.
_UNUSED = re.compile(r'head\.|semantic_embed_|norm[012]\.'
                     r'|.*relative_position_index$')
_REMEDY = ("Give a Swin Transformer of SOLIDER's (tiny, small or base), as "
           'published.')


def parse_args():
    parser = argparse.ArgumentParser(
        description="Turn a Swin Transformer that SOLIDER published into a "
        "checkpoint for the init_cfg of MMPretrain's, with "
        'stage_cfgs=dict(downsample_cfg=dict(bias=True)): the semantic weight '
        'goes into the layers that halve the maps.')
    parser.add_argument(
        'source', help='the published weights, such as swin_base.pth')
    parser.add_argument('target', help='the checkpoint to write')
    parser.add_argument(
        '--semantic-weight',
        type=float,
        default=.2,
        help='from 0, appearance, to 1, semantics (default: 0.2, as in '
        "SOLIDER's re-identification)")
    return parser.parse_args()


def read_backbone(path):
    """Read the weights of the network, whatever stands around them: the
    teacher's in a training's file, those of a backbone in a model's."""
    state = read_checkpoint(path)
    for key in ('teacher', 'state_dict', 'model'):
        if isinstance(state.get(key), dict):
            state = state[key]
            break
    state = {re.sub(r'^module\.', '', key): value
             for key, value in state.items()}
    inner = {
        re.sub(r'^backbone\.(module\.)?', '', key): value
        for key, value in state.items() if key.startswith('backbone.')
    }
    return inner or state


def find_arch(state):
    """Find the size of the network; base if there is no such network."""
    stem = state.get('patch_embed.projection.weight')
    blocks = {key.split('.')[3] for key in state
              if key.startswith('stages.2.blocks.')}
    width = 0 if stem is None else len(stem)
    return _ARCHS.get((width, len(blocks)), 'base')


def convert(state, arch, semantic_weight):
    """Put the semantic weight into the layers that halve the maps.

    Between two stages SOLIDER multiplies the halved map by softplus(a) and
    adds b, where a and b are linear in the semantic weight. It multiplies
    and adds to the output of a linear layer, so that this layer can do it.

    Args:
        state (dict[str, Tensor]): The published weights.
        arch (str): ``'tiny'``, ``'small'`` or ``'base'``.
        semantic_weight (float): From 0 to 1.

    Returns:
        tuple[dict, list[str]]: The weights by MMPretrain's names, and the
        published names of those it has no use for.

    Raises:
        ValueError: If a weight is missing, unknown, or of another shape.
    """
    backbone = SwinTransformer(
        arch, stage_cfgs=dict(downsample_cfg=dict(bias=True)))
    refuse_misfits(backbone, CheckpointRule(f'Swin {arch}', _REMEDY))
    found = {key: value for key, value in state.items()
             if not _UNUSED.match(key)}
    buffers = dict(backbone.named_buffers())
    found.update({key: value for key, value in backbone.state_dict().items()
                  if key in buffers})
    amounts = torch.tensor([semantic_weight, 1 - semantic_weight])
    for i in range(len(backbone.stages) - 1):
        layer = f'stages.{i}.downsample.reduction'
        if f'{layer}.weight' not in found:
            continue  # which loading will say
        scale, shift = (_linear(state, f'semantic_embed_{part}.{i}', amounts)
                        for part in 'wb')
        found[f'{layer}.weight'] = F.softplus(
            scale)[:, None] * found[f'{layer}.weight']
        found[f'{layer}.bias'] = shift
    backbone.load_state_dict(found)
    return backbone.state_dict(), sorted(set(state) - set(found))


def _linear(state, name, amounts):
    try:
        return state[f'{name}.weight'] @ amounts + state[f'{name}.bias']
    except KeyError as error:
        raise ValueError(f'The checkpoint has no {error.args[0]}: it is not '
                         f'one of SOLIDER. {_REMEDY}') from None


@user_errors
def main():
    args = parse_args()
    check_target(args.source, args.target)
    if not 0 <= args.semantic_weight <= 1:
        raise ValueError(f'--semantic-weight {args.semantic_weight} must be '
                         'in [0, 1].')
    state = read_backbone(args.source)
    arch = find_arch(state)
    weights, unused = convert(state, arch, args.semantic_weight)
    write_weights(
        args.target,
        weights,
        args.source,
        arch=arch,
        semantic_weight=args.semantic_weight)
    print(f'Swin {arch} with semantic weight {args.semantic_weight:g}: '
          f'{len(weights)} weights written, {len(unused)} of the file not '
          'used.')
    print(f'Written: {args.target}')


if __name__ == '__main__':
    main()
