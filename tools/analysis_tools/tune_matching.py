"""Tune how an action's crops are matched together, on saved embeddings of
valid: ``python tools/analysis_tools/tune_matching.py valid.npz matching.json
--data-root data/soccernet/reid``.
"""

import argparse
import json

from snreid_mm.evaluation.functional.matching import METHODS
from snreid_mm.results.tuning import tune_on_valid
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.files import write_atomically


def parse_args():
    parser = argparse.ArgumentParser(
        description='Find, on valid, the parameters of every way to match, '
        'and write them for the metric, with what they were tuned on.')
    parser.add_argument(
        'embeddings', help='what embeddings_file of the metric wrote (.npz)')
    parser.add_argument('out', help='the matchings to write (.json)')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--own-frame',
        metavar='JSON',
        help='what fit_own_frame.py wrote: every way is tuned with it too')
    parser.add_argument(
        '--methods',
        nargs='+',
        choices=list(METHODS),
        default=list(METHODS),
        help='the ways to tune (default: all)')
    return parser.parse_args()


@user_errors
def main():
    args = parse_args()
    tuned = tune_on_valid(args.embeddings, args.data_root, args.own_frame,
                          args.methods)
    write_atomically(args.out, json.dumps(tuned, indent=1))
    print(
        format_table(('on valid', 'mAP', 'rank-1', 'settings'), [
            (name, values['mAP'], values['rank-1'], settings)
            for (name, values), settings in zip(tuned['scores'].items(), [
                '', *(', '.join(f'{key}={value}'
                                for key, value in each.items()
                                if key != 'type')
                      for each in tuned['methods'])
            ])
        ]))
    print(f'written to {args.out}')


if __name__ == '__main__':
    main()
