"""Draw the curves of one or several trainings: ``python
tools/visualization/show_training.py WORK_DIR...``.
"""

import argparse
from pathlib import Path

import numpy as np

from snreid_mm.utils.cli import named_paths, user_errors
from snreid_mm.utils.figures import check_picture, save_figure
from snreid_mm.utils.training_scalars import read_scalars
from snreid_mm.visualization import draw_training

# Those of them that a run has, and every loss.
DEFAULT = ('lr', 'accuracy_top-1', 'health/spread', 'health/hard_triplets',
           'reid/mAP', 'reid/rank-1', 'PCK')


def parse_args():
    parser = argparse.ArgumentParser(
        description='Draw what trainings have logged: losses, learning rate, '
        'and the scores of the validations.')
    parser.add_argument(
        'runs',
        nargs='+',
        metavar='[NAME=]RUN',
        help='the folder of a training, or a scalars.json of one')
    parser.add_argument(
        '--keys',
        nargs='+',
        metavar='KEY',
        help='what to draw, by the names in scalars.json (default: the '
        'losses, lr, mAP and others that are there)')
    parser.add_argument(
        '--out',
        default='training.png',
        metavar='FILE',
        help='the picture, .png, .jpg, .pdf or .svg (default: training.png)')
    return parser.parse_args()


def choose(keys, runs):
    """Choose what to draw."""
    known = dict.fromkeys(key for curves in runs.values() for key in curves)
    for key in keys or ():
        if key not in known:
            raise ValueError(f'--keys {key}: no run has logged that; there '
                             f'are {", ".join(known)}.')
    if keys:
        return keys
    losses = [key for key in known if key.split('_')[0] == 'loss']
    return losses + [key for key in DEFAULT if key in known]


@user_errors
def main():
    args = parse_args()
    check_picture(args.out)
    paths = named_paths(args.runs, lambda path: path.resolve().name, 'run')
    runs = {name: read_scalars(path) for name, path in paths.items()}
    keys = choose(args.keys, runs)
    if not keys:
        raise ValueError('The runs have logged no loss and no score yet: wait '
                         'for the first line, or name --keys.')
    curves, units = {}, {}
    for key in keys:
        found = {name: logged[key] for name, logged in runs.items()
                 if key in logged}
        counted = {curve.unit for curve in found.values()}
        if len(counted) > 1:
            raise ValueError(f'{key} is logged by epochs in some runs and by '
                             'iterations in others: draw them apart.')
        units[key], = counted
        curves[key] = {
            name: np.array(sorted(curve.points.items()))
            for name, curve in found.items()
        }
    save_figure(draw_training(curves, units), args.out)
    print(args.out)


if __name__ == '__main__':
    main()
