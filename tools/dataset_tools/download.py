"""Fetch SoccerNet ReID: ``python tools/dataset_tools/download.py ROOT``."""

import argparse
import os

SPLITS = ('train', 'valid', 'test', 'challenge')


def parse_args():
    parser = argparse.ArgumentParser(
        description='Fetch SoccerNet ReID through SoccerNet\'s downloader and '
        'unpack it into ROOT/reid, which is the data_root of the configs. '
        'Run it again after an interruption: what is there and whole is '
        'left alone.')
    parser.add_argument(
        'root', help='the folder for the data, e.g. data/soccernet')
    parser.add_argument(
        '--splits',
        nargs='+',
        choices=SPLITS,
        default=SPLITS,
        help='which splits; default all (18.6 GB of zips, as much again '
        'unpacked)')
    parser.add_argument(
        '--keep-zips',
        action='store_true',
        help='keep each zip after its split is unpacked and checked')
    parser.add_argument(
        '--from-zips',
        nargs='?',
        const='',
        metavar='DIR',
        help='use no network: unpack the zips in DIR (default ROOT/reid), '
        'and keep them')
    parser.add_argument(
        '--source',
        choices=['HuggingFace', 'EXRCSDrive'],
        help='where SoccerNet\'s downloader fetches from; default its own')
    parser.add_argument(
        '--password',
        help='the password for --source EXRCSDrive; default SoccerNet\'s for '
        'public data')
    return parser.parse_args()


def main():
    args = parse_args()
    # Imported late, so that --help and a mistyped option answer at once.
    from snreid_mm.soccernet.download import prepare_dataset
    from snreid_mm.utils.cli import user_errors
    from_zips = args.from_zips
    if from_zips == '':
        from_zips = os.path.join(args.root, 'reid')
    with user_errors():
        data_root = prepare_dataset(
            args.root,
            args.splits,
            keep_zips=args.keep_zips,
            from_zips=from_zips,
            source=args.source,
            password=args.password)
        print(f'Set data_root={data_root!r} in the config.')


if __name__ == '__main__':
    main()
