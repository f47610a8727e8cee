"""Make a synthetic data set in the layout of SoccerNet-v3 ReID."""

import argparse
import os.path as osp
import sys

from snreid_mm.pitch import (PRESETS, challenge_labels_path, contact_sheet,
                             make_pitch)


def parse_args(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', help='the data root to make')
    parser.add_argument(
        '--preset',
        default='demo',
        choices=list(PRESETS),
        help='how much to make (default: demo)')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='random seed of the pitch (default: 0)')
    parser.add_argument(
        '--workers', type=int, help='processes (default: one per CPU)')
    parser.add_argument(
        '--overwrite',
        action='store_true',
        help='replace a synthetic data set that is already there')
    parser.add_argument(
        '--contact-sheet',
        metavar='PNG',
        help='also write some actions as one picture')
    parser.add_argument(
        '--quiet', action='store_true', help='show no progress bar')
    return parser.parse_args(argv)


def main(argv=None):
    args = parse_args(argv)
    try:
        counts = make_pitch(args.out, args.preset, args.seed, args.workers,
                            args.overwrite, not args.quiet)
        if args.contact_sheet:
            split = 'test' if 'test' in counts else 'train'
            contact_sheet(args.out, split, path=args.contact_sheet)
    except (OSError, ValueError) as error:
        sys.exit(f'make_synthetic: {error}')
    print(f'{"":10}{"actions":>9}{"images":>9}{"people":>9}{"query":>9}'
          f'{"gallery":>9}')
    for split, count in counts.items():
        print(f'{split:10}{count["actions"]:9,}{count["images"]:9,}'
              f'{count["identities"]:9,}{count.get("query", ""):>9}'
              f'{count.get("gallery", ""):>9}')
    print(f'Data root: {args.out}')
    if 'challenge' in counts:
        print('Labels of the challenge split: '
              f'{challenge_labels_path(osp.abspath(args.out))}')
    print('Next: python tools/train.py CONFIG --cfg-options '
          f'data_root={args.out}')


if __name__ == '__main__':
    main()
