"""Draw what a ranking file ranks first:
``python tools/visualization/show_rankings.py RANKING.json --data-root ROOT``.
"""

import argparse
from pathlib import Path

import numpy as np

from snreid_mm.datasets.split_crops import read_split
from snreid_mm.evaluation.functional import score_rankings
from snreid_mm.soccernet import check_ranking, read_ranking_file
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.figures import save_figure
from snreid_mm.utils.images import read_image
from snreid_mm.visualization import RankedImage, draw_rankings


def parse_args():
    parser = argparse.ArgumentParser(
        description='Draw queries and the gallery crops ranked first for '
        'them: green is right, red is wrong, grey is unknown (challenge).')
    parser.add_argument(
        'ranking', help='the ranking file, .json or the .zip of one')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--split',
        default='test',
        choices=['valid', 'test', 'challenge'],
        help='the split that was ranked (default: test)')
    parser.add_argument(
        '--out',
        help='the folder for the PNG files (default: RANKING_panels '
        'beside the ranking file)')
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        '--random',
        type=int,
        default=12,
        metavar='N',
        help='draw N queries chosen at random (default: 12)')
    for name, what in (('worst', 'of lowest average precision'),
                       ('median', 'in the middle by average precision'),
                       ('best', 'of highest average precision')):
        which.add_argument(
            f'--{name}',
            type=int,
            metavar='N',
            help=f'draw the N queries {what}')
    which.add_argument(
        '--bbox',
        type=int,
        nargs='+',
        metavar='IDX',
        help='draw the queries of these bbox_idx')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='which queries are chosen at random (default: 0)')
    parser.add_argument(
        '--topk',
        type=int,
        default=10,
        metavar='K',
        help='gallery crops for each query (default: 10)')
    parser.add_argument(
        '--rows',
        type=int,
        default=4,
        metavar='N',
        help='queries in one picture (default: 4)')
    return parser.parse_args()


def choose(args, query, scores):
    """Choose the queries to draw.

    Returns:
        tuple[list[int], str, str]: Their positions, a name for the files, and
        what the heading says of the choice.
    """
    if args.bbox is not None:
        position = {bbox: i for i, bbox in enumerate(query.bbox_idx.tolist())}
        for bbox in args.bbox:
            if bbox not in position:
                raise ValueError(
                    f'--bbox {bbox}: {args.split} has no such query; its '
                    f'{len(query)} queries are {min(position)} to '
                    f'{max(position)}.')
        return [position[bbox] for bbox in args.bbox], 'bbox', 'by number'
    for name, what in (('worst', 'the worst by average precision'),
                       ('median', 'the middle by average precision'),
                       ('best', 'the best by average precision')):
        count = getattr(args, name)
        if count is None:
            continue
        if scores is None:
            raise ValueError(
                f'--{name} needs labels, which {args.split} does not have: '
                'use --random or --bbox.')
        count = min(count, len(query))
        order = np.lexsort((query.bbox_idx, scores.average_precision))
        if name == 'best':
            order = order[::-1]
        elif name == 'median':
            order = order[(len(query) - count) // 2:]
        return order[:count].tolist(), name, what
    rng = np.random.default_rng(args.seed)
    by_bbox = np.argsort(query.bbox_idx)
    chosen = np.sort(rng.permutation(len(query))[:args.random])
    return (by_bbox[chosen].tolist(), 'random',
            f'at random (seed {args.seed})')


def title_of(i, query, gallery_size, scores):
    """Write the line above a ranking."""
    parts = [f'Query {query.bbox_idx[i]}', f'action {query.action_idx[i]}']
    if query.role is not None:
        parts.append(query.role[i])
    if query.height is not None:
        parts.append(f'{query.height[i]} px high')
    if scores is None:
        parts.append(f'{gallery_size} gallery crops')
    else:
        parts += [
            f'AP {100 * scores.average_precision[i]:.1f} %',
            f'first match at rank {scores.first_match[i]} of {gallery_size}'
        ]
    return '  ·  '.join(parts)


def load(crops, i, correct=None):
    """Read one crop from its file."""
    path = crops.names[i]
    return RankedImage(read_image(path), Path(path).name, correct)


@user_errors
def main():
    args = parse_args()
    for name in ('random', 'worst', 'median', 'best', 'topk', 'rows'):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise ValueError(f'--{name} must be at least 1, but is {value}.')
    ranking = read_ranking_file(args.ranking)
    query, gallery = read_split(args.data_root, args.split)
    rankings = check_ranking(ranking, query, gallery, args.ranking)
    scores = None
    if query.person_uid is not None:
        scores = score_rankings(rankings, query, gallery)
    chosen, name, what = choose(args, query, scores)
    columns = min(args.topk,
                  max(int(rankings.gallery_sizes[i]) for i in chosen))
    source = Path(args.ranking)
    out = Path(args.out) if args.out else source.with_name(
        f'{source.stem}_panels')
    pages = range(0, len(chosen), args.rows)
    for page, begin in enumerate(pages, 1):
        rows = []
        for i in chosen[begin:begin + args.rows]:
            crops = []
            for j in rankings[i][:args.topk]:
                correct = None
                if scores is not None:
                    correct = bool(
                        gallery.person_uid[j] == query.person_uid[i])
                crops.append(load(gallery, j, correct))
            title = title_of(i, query, rankings.gallery_sizes[i], scores)
            rows.append((title, load(query, i), crops))
        heading = (
            f'{source.name}, {args.split}: {len(chosen)} of {len(query)} '
            f'queries, chosen {what}; {begin + 1} to {begin + len(rows)}')
        path = out / f'{name}_{page:0{len(str(len(pages)))}d}.png'
        save_figure(draw_rankings(rows, columns, heading), path)
        print(path)


if __name__ == '__main__':
    main()
