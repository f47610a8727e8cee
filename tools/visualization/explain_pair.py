"""Draw why a model finds two crops alike: ``python
tools/visualization/explain_pair.py CONFIG CHECKPOINT A.png B.png``.
"""

import argparse
from pathlib import Path

from mmengine.config import DictAction

from snreid_mm.engine import load_trained, read_inputs
from snreid_mm.models.part_extractors import part_names
from snreid_mm.models.reid import split_similarity
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.config import load_config
from snreid_mm.utils.figures import check_picture, save_figure
from snreid_mm.utils.images import read_image
from snreid_mm.visualization import ExplainedCrop, draw_similarity


def parse_args():
    parser = argparse.ArgumentParser(
        description='Split the cosine of the embeddings of two crops, '
        'exactly, over the positions of each crop and over the parts, and '
        'draw it.')
    parser.add_argument('config', help='the config file of the model')
    parser.add_argument('checkpoint', help='its checkpoint file')
    parser.add_argument('crops', nargs=2, metavar='CROP', help='an image file')
    parser.add_argument(
        '--out',
        default='explained_pair.png',
        metavar='FILE',
        help='the picture, .png, .jpg, .pdf or .svg (default: '
        'explained_pair.png)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='override config values by their dotted keys')
    return parser.parse_args()


def explained(path, shares):
    """Bring one crop and its shares together."""
    has_parts = len(shares.parts) > 0
    return ExplainedCrop(
        read_image(path),
        short(Path(path).name),
        shares.positions.cpu().numpy(),
        shares.constant,
        parts=shares.parts.sum((1, 2)).cpu().numpy() if has_parts else None,
        appearance=float(shares.appearance.sum()))


def short(name, width=24):
    """Break a long file name into lines."""
    return '\n'.join(name[i:i + width] for i in range(0, len(name), width))


def show(shares):
    """Print the sums."""
    rows = [[
        f'over the {which} crop',
        float(each.positions.sum()), each.constant, each.total
    ] for which, each in zip(('first', 'second'), shares)]
    print(format_table(['cosine', 'positions', 'constant', 'sum'], rows))


@user_errors
def main():
    args = parse_args()
    check_picture(args.out)
    cfg = load_config(
        args.config,
        args.cfg_options,
        decided=dict(load_from='the argument checkpoint'))
    model = load_trained(cfg, args.checkpoint)
    shares = split_similarity(model, *read_inputs(model, cfg, args.crops))
    show(shares)
    names = []
    if model.with_part_extractor:
        names = part_names(model.part_extractor, len(shares[0].parts))
    pair = [explained(*each) for each in zip(args.crops, shares)]
    figure = draw_similarity(
        pair, names, f'{Path(args.checkpoint).name}: cosine of the embeddings '
        f'{shares[0].total:.3f}')
    save_figure(figure, args.out)
    print(args.out)


if __name__ == '__main__':
    main()
