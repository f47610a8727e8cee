"""Fit "same person?" on the valid split: ``python
tools/analysis_tools/calibrate.py CALIBRATION.json --data-root
data/soccernet/reid --valid VALID.npz --test TEST.npz``.
"""

import argparse
from pathlib import Path

import numpy as np

from snreid_mm.datasets import CustomReID
from snreid_mm.evaluation.calibration_file import write_calibration
from snreid_mm.evaluation.functional import (equal_error_rate, error_rates,
                                             find_matches, fit_calibration,
                                             reliability, remove_matches,
                                             risk_coverage)
from snreid_mm.results.matched import rank_saved
from snreid_mm.soccernet import load_index
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.figures import save_figure
from snreid_mm.visualization import draw_calibration


def parse_args():
    parser = argparse.ArgumentParser(
        description='Fit the probabilities that two crops show one person, '
        'and that a query has no match in its gallery, on the valid split; '
        'report on the test split how far they can be believed.')
    parser.add_argument(
        'out', metavar='CALIBRATION.json', help='the file to write')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--custom',
        action='store_true',
        help='the splits are crops of your own (snreid_mm.CustomReID)')
    parser.add_argument(
        '--query-camera',
        metavar='NAME',
        help='with --custom: the camera of the queries, as in the config')
    parser.add_argument(
        '--valid',
        required=True,
        metavar='NPZ',
        help='embeddings of the valid split, which embeddings_file of the '
        'metric wrote')
    parser.add_argument(
        '--test',
        metavar='NPZ',
        help='embeddings of the test split, to report on')
    parser.add_argument(
        '--false-accept-rate',
        type=float,
        default=0.01,
        help='the share of the pairs of two persons that may lie above the '
        'threshold (default: 0.01)')
    parser.add_argument(
        '--chart', metavar='PNG', help='draw the report (needs --test)')
    return parser.parse_args()


def check_arguments(args):
    """Refuse what would be noticed only at the end."""
    for name, suffix in (('out', '.json'), ('chart', '.png')):
        value = getattr(args, name)
        if value and Path(value).suffix != suffix:
            raise ValueError(f'{value} must end in {suffix}.')
    if args.query_camera is not None and not args.custom:
        raise ValueError('--query-camera needs --custom: SoccerNet says '
                         'itself who is a query.')
    if args.chart and not args.test:
        raise ValueError('--chart draws the report: give --test too.')


def load(args, split, path):
    """Rank a split; give the rankings and which pairs are one person."""

    def read_own(root, split):
        dataset = CustomReID(root, split, query_camera=args.query_camera)
        return [dataset.get_data_info(i) for i in range(len(dataset))]

    matched = rank_saved(
        path,
        args.data_root,
        split=split,
        read_index=read_own if args.custom else load_index)
    plain = matched.rankings['plain']
    return plain, find_matches(plain, matched.query, matched.gallery)


def measure(calibration, rankings, is_match):
    """Apply a calibration; give the probabilities and outcomes by name."""
    first = rankings.offsets[:-1]
    pairs = calibration.same_person(rankings)
    without = remove_matches(rankings, is_match)
    missing = np.concatenate([
        calibration.no_match_of(rankings),
        calibration.no_match_of(without)
    ])
    return {
        'pairs': (pairs, is_match),
        'first rank': (pairs[first], is_match[first]),
        'pairs alone':
        (calibration.same_person_alone(rankings.distances), is_match),
        'no match': (missing, np.arange(len(missing)) >= len(rankings)),
    }


def show(calibration, measured):
    """Print how far the probabilities can be believed."""
    rows = []
    for name, (probabilities, outcomes) in measured.items():
        both = outcomes.any() and not outcomes.all()
        rows.append([
            name,
            len(outcomes), 100 * outcomes.mean(),
            100 * reliability(probabilities, outcomes).expected_error,
            100 * equal_error_rate(probabilities, outcomes) if both else '–'
        ])
    print(
        format_table([
            'per cent', 'number', 'true', 'calibration error', 'equal errors'
        ], rows))
    accepted, missed = error_rates(*measured['pairs'], calibration.threshold)
    print(f'\nThreshold {calibration.threshold:.4f}, fitted for '
          f'{100 * calibration.false_accept_rate:g} % false accepts: '
          f'{100 * accepted:.2f} % here, and {100 * missed:.2f} % of the '
          'matches missed')
    coverage, risk = risk_coverage(*measured['first rank'])
    rows = []
    for wanted in (.1, .25, .5, 1.):
        at = min(int(np.searchsorted(coverage, wanted)), len(risk) - 1)
        rows.append([100 * float(coverage[at]), 100 * float(risk[at])])
    print()
    print(
        format_table(
            ['queries answered, most certain first', 'first rank wrong'],
            rows))


def draw(measured):
    """Draw the report."""
    titles = {
        'pairs': 'Same person? All pairs',
        'first rank': 'Same person? First rank of each query',
        'no match': 'No match? Each query with and without'
    }
    risk = risk_coverage(*measured['first rank'])
    return draw_calibration(
        {
            title: reliability(*measured[name])
            for name, title in titles.items()
        }, risk, len(measured['first rank'][0]))


@user_errors
def main():
    args = parse_args()
    check_arguments(args)
    valid = load(args, 'valid', args.valid)
    test = load(args, 'test', args.test) if args.test else None
    calibration = fit_calibration(*valid, args.false_accept_rate)
    write_calibration(args.out, calibration)
    print(f'Fitted on {len(valid[0])} queries of valid and '
          f'{len(valid[1])} pairs: {args.out}\n')
    if test is None:
        return
    measured = measure(calibration, *test)
    show(calibration, measured)
    if args.chart:
        save_figure(draw(measured), args.chart)
        print(f'Drawn: {args.chart}')


if __name__ == '__main__':
    main()
