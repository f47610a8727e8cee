"""Average the weights of checkpoints: ``python
tools/model_converters/average_checkpoints.py MEAN.pth SEED_0.pth SEED_1.pth
...``.
"""

import argparse
from pathlib import Path

from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.weights import (average_weights, check_target,
                                     write_weights)


def parse_args():
    parser = argparse.ArgumentParser(
        description='Average the weights of trainings of one config that '
        'began at the same pretrained weights, such as those of several '
        'seeds, into one checkpoint. Trainings that began at random have no '
        'useful mean.')
    parser.add_argument('target', help='the checkpoint to write')
    parser.add_argument(
        'sources', nargs='+', help='the checkpoints, two or more')
    return parser.parse_args()


@user_errors
def main():
    args = parse_args()
    if len({Path(source).resolve() for source in args.sources}) < 2 or (
            len(set(args.sources)) < len(args.sources)):
        raise ValueError('Give two or more checkpoints, each once: a mean of '
                         f'{", ".join(args.sources)} means nothing.')
    for source in args.sources:
        check_target(source, args.target)
    weights = average_weights(args.sources)
    write_weights(
        args.target,
        weights,
        args.sources[0],
        averaged=[str(source) for source in args.sources])
    print(f'{len(weights)} weights of {len(args.sources)} checkpoints '
          f'averaged: {args.target}')


if __name__ == '__main__':
    main()
