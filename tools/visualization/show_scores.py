"""Draw rank-k and mAP by group of one or several rankings: ``python
tools/visualization/show_scores.py RANKING.json --ground-truth
.../bbox_info.json``.
"""

import argparse
from pathlib import Path

import numpy as np

from snreid_mm.evaluation.functional import (breakdown, chance_scores,
                                             query_groups, score_rankings)
from snreid_mm.soccernet import (check_ranking, read_ground_truth,
                                 read_ranking_file)
from snreid_mm.utils.cli import named_paths, user_errors
from snreid_mm.utils.figures import check_picture, save_figure
from snreid_mm.visualization import draw_scores


def parse_args():
    parser = argparse.ArgumentParser(
        description='Draw the curve of rank-k (CMC), and mAP by class, by '
        'height of the query crop and by size of its gallery.')
    parser.add_argument(
        'rankings',
        nargs='+',
        metavar='[NAME=]RANKING',
        help='ranking files of one split, .json or .zip')
    parser.add_argument(
        '--ground-truth',
        required=True,
        metavar='bbox_info.json',
        help='of the valid or test split')
    parser.add_argument(
        '--ranks',
        type=int,
        default=20,
        metavar='K',
        help='draw rank-1 to rank-K (default: 20)')
    parser.add_argument(
        '--out',
        default='scores.png',
        metavar='FILE',
        help='the picture, .png, .jpg, .pdf or .svg (default: scores.png)')
    return parser.parse_args()


def short(path):
    """Name a ranking by its file and folder."""
    return f'{path.resolve().parent.name}/{path.name}'


@user_errors
def main():
    args = parse_args()
    if args.ranks < 1:
        raise ValueError(f'--ranks must be at least 1, but is {args.ranks}.')
    check_picture(args.out)
    paths = named_paths(args.rankings, short)
    query, gallery = read_ground_truth(args.ground_truth)
    ranks = range(1, args.ranks + 1)

    def curve(values):
        return np.array([values[f'rank-{k}'] for k in ranks])

    kinds = query_groups(query, gallery)
    cmc, groups = {}, {kind: {} for kind in kinds}
    for name, path in paths.items():
        scores = score_rankings(
            check_ranking(read_ranking_file(path), query, gallery, path),
            query, gallery)
        values = scores.summary(ranks)
        name = f'{name}: mAP {values["mAP"]:.1f}'
        cmc[name] = curve(values)
        for kind, masks in kinds.items():
            groups[kind][name] = breakdown(scores, masks)
    chance = curve(
        chance_scores(scores.gallery_sizes, scores.n_matches, ranks))
    figure = draw_scores(
        cmc, groups, chance, f'{len(query)} queries of '
        f'{len(np.unique(query.action_idx))} actions')
    save_figure(figure, args.out)
    print(args.out)


if __name__ == '__main__':
    main()
