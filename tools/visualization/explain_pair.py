"""Draw why a model finds two crops alike: ``python
tools/visualization/explain_pair.py CONFIG CHECKPOINT A.png B.png``.
"""

import argparse

from mmengine.config import DictAction

from snreid_mm.engine.pair_explanation import PairExplainer
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.config import load_config
from snreid_mm.utils.figures import check_picture, save_figure


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
    explainer = PairExplainer(cfg, args.checkpoint)
    shares = explainer.split(*args.crops)
    show(shares)
    save_figure(explainer.draw(*args.crops, shares), args.out)
    print(args.out)


if __name__ == '__main__':
    main()
