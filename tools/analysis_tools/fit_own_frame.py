"""Fit the classifier of the queries' own frame, on pixels of the train split:
``python tools/analysis_tools/fit_own_frame.py own_frame.json --data-root
data/soccernet/reid``.
"""

import argparse

import numpy as np
from scipy.stats import mannwhitneyu
from tqdm import tqdm

from snreid_mm.evaluation.functional.matching import (fit_own_frame,
                                                      training_groups)
from snreid_mm.evaluation.metrics.matching_files import (read_cues,
                                                         write_own_frame)
from snreid_mm.results.data_stamp import stamp_split
from snreid_mm.soccernet import load_index
from snreid_mm.soccernet.index import select_fraction
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
        '--decay',
        type=float,
        default=.01,
        help='weight of the squared weights (default: 0.01)')
    return parser.parse_args()


def column(records, key):
    return np.array([record[key] for record in records])


def cues_of(records, split):
    """The cues of every crop, shape (N, C)."""
    return np.stack([
        read_cues(record['img_path'])
        for record in tqdm(records, unit='crop', desc=split)
    ])


def train_groups(records):
    """The cues of each training action, and what stands in the own frame."""
    cues = cues_of(records, 'train')
    return [(cues[query], cues[gallery], own)
            for query, gallery, own in training_groups(
                *(column(records, key)
                  for key in ('action_idx', 'frame_idx', 'person_uid')))]


def valid_groups(records):
    """Likewise of valid, whose queries and gallery are given."""
    cues = cues_of(records, 'valid')
    action, frame = column(records, 'action_idx'), column(records, 'frame_idx')
    is_query = column(records, 'subset') == 'query'
    for index in np.unique(action[is_query]):
        query = (action == index) & is_query
        gallery = (action == index) & ~is_query
        yield (cues[query], cues[gallery],
               frame[gallery] == frame[query][0])


def area_under_curve(classifier, groups):
    """How often a crop of the own frame is more likely than another."""
    odds, own = (np.concatenate(parts) for parts in zip(
        *((classifier.log_odds(query, gallery), own)
          for query, gallery, own in groups)))
    if own.all() or not own.any():
        return float('nan')
    return mannwhitneyu(odds[own], odds[~own]).statistic / (
        own.sum() * (~own).sum())


@user_errors
def main():
    args = parse_args()
    if not 0 < args.fraction <= 1 or not 0 < args.decay < np.inf:
        raise ValueError('--fraction must be in (0, 1] and --decay positive.')
    records = select_fraction(
        load_index(args.data_root, 'train'), args.fraction)
    groups = train_groups(records)
    classifier = fit_own_frame(groups, args.decay)
    area = area_under_curve(
        classifier, valid_groups(load_index(args.data_root, 'valid')))
    write_own_frame(
        args.out, classifier,
        dict(
            split='train',
            annotations=stamp_split(args.data_root, 'train'),
            fraction=args.fraction,
            decay=args.decay,
            actions=len(groups),
            valid_area_under_curve=area))
    print(f'fitted on {len(groups)} actions of train; area under the curve '
          f'on valid {area:.3f}; written to {args.out}')


if __name__ == '__main__':
    main()
