"""Draw what a ranking file ranks first:
``python tools/visualization/show_rankings.py RANKING.json --data-root ROOT``.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from snreid_mm.datasets.split_crops import read_split
from snreid_mm.evaluation.functional import score_rankings
from snreid_mm.soccernet import check_ranking, read_ranking_file
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.figures import save_figure
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
        '--queries',
        type=int,
        default=12,
        metavar='N',
        help='draw N queries, spread evenly over the split (default: 12)')
    which.add_argument(
        '--worst',
        type=int,
        metavar='N',
        help='draw the N queries of lowest average precision')
    which.add_argument(
        '--bbox',
        type=int,
        nargs='+',
        metavar='IDX',
        help='draw the queries of these bbox_idx')
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
    """Choose the queries to draw: their positions and a name for them."""
    if args.bbox is not None:
        position = {bbox: i for i, bbox in enumerate(query.bbox_idx.tolist())}
        for bbox in args.bbox:
            if bbox not in position:
                raise ValueError(
                    f'--bbox {bbox}: {args.split} has no such query; its '
                    f'{len(query)} queries are {min(position)} to '
                    f'{max(position)}.')
        return [position[bbox] for bbox in args.bbox], 'bbox'
    if args.worst is not None:
        if scores is None:
            raise ValueError(f'--worst needs labels, which {args.split} does '
                             'not have: use --queries or --bbox.')
        order = np.lexsort((query.bbox_idx, scores.average_precision))
        return order[:args.worst].tolist(), 'worst'
    count = min(args.queries, len(query))
    chosen = np.linspace(0, len(query) - 1, count).round().astype(int)
    return np.argsort(query.bbox_idx)[chosen].tolist(), 'queries'


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
    image = cv2.imread(path)
    if image is None:
        raise ValueError(f'{path} cannot be read as an image: fetch the data '
                         'set again.')
    return RankedImage(image, Path(path).name, correct)


@user_errors
def main():
    args = parse_args()
    for name in ('queries', 'worst', 'topk', 'rows'):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise ValueError(f'--{name} must be at least 1, but is {value}.')
    ranking = read_ranking_file(args.ranking)
    query, gallery = read_split(args.data_root, args.split)
    rankings = check_ranking(ranking, query, gallery, args.ranking)
    scores = None
    if query.person_uid is not None:
        scores = score_rankings(rankings, query, gallery)
    chosen, name = choose(args, query, scores)
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
        what = 'worst queries' if name == 'worst' else 'queries'
        heading = (f'{source.name}, {args.split}: {what} '
                   f'{begin + 1} to {begin + len(rows)} of {len(chosen)}')
        path = out / f'{name}_{page:0{len(str(len(pages)))}d}.png'
        save_figure(draw_rankings(rows, columns, heading), path)
        print(path)


if __name__ == '__main__':
    main()
