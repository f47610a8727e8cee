"""Tune how an action's crops are matched together, on saved embeddings of
valid: ``python tools/analysis_tools/tune_matching.py valid.npz matching.json
--data-root data/soccernet/reid``.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from tqdm import tqdm

from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.evaluation.functional.matching import (METHODS, Matching,
                                                      method_parameters)
from snreid_mm.evaluation.metrics.matching_files import (join_records,
                                                         log_elsewhere_of,
                                                         read_embeddings,
                                                         read_own_frame)
from snreid_mm.results.data_stamp import digest_file, stamp_split
from snreid_mm.soccernet import load_index
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.files import write_atomically

# What is tried; distances in units of the split's root mean square, and
# temperatures in units of its mean square.
GRIDS = dict(
    temperature=(.01, .02, .05, .1, .2, .5, 1., 2.),
    bin_distance=(.6, .7, .8, .9, 1., 1.2, 1.5, 2.),
    bonus=(.5, 1., 2., 5., 100.),
    k1=(3, 5, 8, 12, 20),
    k2=(1, 2, 3, 5),
    distance_weight=(.1, .3, 1., 3.),
    own_frame=(.01, .03, .1, .3, .5, .7, 1., 1.5, 2., 4.))


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


def grids_of(method, with_own_frame, square):
    """The values to try for each parameter that is tuned."""
    scales = dict(temperature=square, bin_distance=square**.5)
    return {
        name: [
            value if isinstance(value, int) else
            float(f'{value * scales.get(name, 1):.3g}')
            for value in GRIDS[name]
        ]
        for name in (*method_parameters(method),
                     *(['own_frame'] if with_own_frame else []))
        if name in GRIDS
    }


def tune(method, grids, score):
    """Change one parameter after the other, until none gets better.

    Args:
        method (str): The method's name.
        grids (dict): The values of each parameter.
        score (callable): Scores a :class:`Matching`, higher is better.

    Returns:
        Matching: The best found.
    """
    known = {}

    def look_up(settings):
        key = tuple(settings.values())
        if key not in known:
            known[key] = score(Matching.from_dict(settings))
        return known[key]

    best = dict(
        type=method,
        **{name: values[len(values) // 2]
           for name, values in grids.items()})
    before = None
    while before != best:
        before = best
        for name, values in grids.items():
            # At equal scores the first, so that it does end.
            best = max(
                [best, *(dict(best, **{name: value}) for value in values)],
                key=look_up)
    return Matching.from_dict(best)


@user_errors
def main():
    args = parse_args()
    saved = read_embeddings(args.embeddings)
    if saved.split != 'valid':
        raise ValueError(
            f'{args.embeddings} holds embeddings of {saved.split!r}: '
            'parameters are tuned on valid alone and then frozen; test with '
            'test_dataloader.dataset.split=valid to save those.')
    saved = join_records(saved, load_index(args.data_root, 'valid'))
    query, gallery, *embeddings = saved[1:]
    unlabelled = query.without_labels(), gallery.without_labels()
    plain = rank_within_actions(*embeddings, *unlabelled)
    square = float(np.mean(np.square(plain.distances, dtype=np.float64)))
    if not 0 < square < np.inf:
        raise ValueError(f'The mean squared distance of {args.embeddings} is '
                         f'{square}: there is nothing to tune.')
    classifier = log_elsewhere = None
    if args.own_frame:
        classifier = read_own_frame(args.own_frame)
        log_elsewhere = log_elsewhere_of(classifier, query, gallery)

    def summary(rankings):
        return score_rankings(rankings, query, gallery).summary()

    def rank(matching):
        return matching.rank(plain, *unlabelled, embeddings, log_elsewhere)

    matchings = []
    for method in tqdm(args.methods, desc='tuning'):
        for with_own_frame in ((False, True) if classifier else (False, )):
            if method == 'distance' and not with_own_frame:
                continue  # the plain ranking
            matchings.append(
                tune(method, grids_of(method, with_own_frame, square),
                     lambda matching: summary(rank(matching))['mAP']))
    scores = dict(
        plain=summary(plain),
        **{each.name: summary(rank(each))
           for each in matchings})
    write_atomically(
        args.out,
        json.dumps(
            dict(
                tuned_on=dict(
                    split='valid',
                    annotations=stamp_split(args.data_root, 'valid'),
                    embeddings=digest_file(Path(args.embeddings)),
                    queries=len(query),
                    gallery=len(gallery)),
                methods=[each.to_dict() for each in matchings],
                scores=scores,
                own_frame=classifier and classifier.to_dict()),
            indent=1))
    print(
        format_table(('on valid', 'mAP', 'rank-1', 'settings'), [
            (name, values['mAP'], values['rank-1'], settings)
            for (name, values), settings in zip(scores.items(), [
                '', *(', '.join(f'{key}={value}'
                                for key, value in each.to_dict().items()
                                if key != 'type') for each in matchings)
            ])
        ]))
    print(f'written to {args.out}')


if __name__ == '__main__':
    main()
