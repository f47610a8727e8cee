"""Fit the classifier of the queries' own frame, on pixels of the train split:
``python tools/analysis_tools/fit_own_frame.py own_frame.json --data-root
data/soccernet/reid``.
"""

import argparse

from snreid_mm.evaluation.metrics.matching_files import write_own_frame
from snreid_mm.results.own_frame import fit_on_train
from snreid_mm.utils.cli import user_errors


def parse_args():
    parser = argparse.ArgumentParser(
        description='Fit, on train, which gallery crops stand in the frame '
        'of the queries, write the classifier, and say how well it finds '
        'them in valid.')
    parser.add_argument('out', help='the classifier to write (.json)')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--fraction',
        type=float,
        default=1.,
        help='share of the training actions to use (default: 1)')
    parser.add_argument(
        '--steps',
        type=int,
        default=2000,
        help='how many actions to learn from, one after another and again '
        '(default: 2000)')
    return parser.parse_args()


@user_errors
def main():
    args = parse_args()
    classifier, fitted_on = fit_on_train(args.data_root, args.fraction,
                                         args.steps)
    write_own_frame(args.out, classifier, fitted_on)
    print(f'fitted on {fitted_on["actions"]} actions of train; area under the '
          f'curve on valid {fitted_on["valid_area_under_curve"]:.3f}; written '
          f'to {args.out}')


if __name__ == '__main__':
    main()
