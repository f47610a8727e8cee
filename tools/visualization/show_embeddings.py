"""Draw the crops of an action where their embeddings lie: ``python
tools/visualization/show_embeddings.py EMBEDDINGS.npz --data-root ROOT``.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from snreid_mm.evaluation.embedding_file import join_records, read_embeddings
from snreid_mm.evaluation.functional import principal_axes
from snreid_mm.soccernet import load_index
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.figures import save_figure
from snreid_mm.visualization import EmbeddedCrop, draw_embeddings


def parse_args():
    parser = argparse.ArgumentParser(
        description='Draw the queries and the gallery crops of an action on '
        'the two principal axes of their embeddings (PCA); a picture for each '
        'action.')
    parser.add_argument(
        'embeddings', help='what embeddings_file of the metric wrote (.npz)')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        '--num',
        type=int,
        default=3,
        metavar='N',
        help='draw N actions, chosen at random (default: 3)')
    which.add_argument(
        '--action',
        type=int,
        nargs='+',
        metavar='IDX',
        help='draw the actions of these action_idx')
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='which actions are chosen (default: 0)')
    parser.add_argument(
        '--out',
        metavar='DIR',
        help='the folder for the pictures (default: EMBEDDINGS_maps beside '
        'the file)')
    parser.add_argument(
        '--format',
        choices=['png', 'jpg'],
        default='png',
        help='the kind of picture (default: png)')
    return parser.parse_args()


def choose(args, query, split):
    """Choose the actions to draw."""
    actions = np.unique(query.action_idx)
    if args.action is None:
        rng = np.random.default_rng(args.seed)
        return np.sort(rng.permutation(actions)[:args.num]).tolist()
    for action in args.action:
        if action not in actions:
            raise ValueError(
                f'--action {action}: {split} has no query of such an action; '
                f'its {len(actions)} actions are {actions[0]} to '
                f'{actions[-1]}.')
    return args.action


def collect(action, saved):
    """Read the crops of an action, and place them.

    Returns:
        tuple[list[EmbeddedCrop], np.ndarray]: The crops, queries first, and
        the share of the variance of each axis.
    """
    lists = [(crops, embeddings, np.flatnonzero(crops.action_idx == action))
             for crops, embeddings in ((saved.query, saved.query_embeddings),
                                       (saved.gallery,
                                        saved.gallery_embeddings))]
    places, shares = principal_axes(
        np.concatenate([embeddings[rows] for _, embeddings, rows in lists]))
    places = iter(places)
    numbers, found = {}, []
    for crops, _, rows in lists:
        for i in rows:
            is_query = crops is saved.query
            number = len(found) + 1 if is_query else None
            if crops.person_uid is not None:
                person = crops.person_uid[i]
                if is_query:
                    numbers[person] = number
                number = numbers.get(person)
            image = cv2.imread(crops.names[i])
            if image is None:
                raise ValueError(f'{crops.names[i]} cannot be read as an '
                                 'image: fetch the data set again.')
            found.append(
                EmbeddedCrop(
                    image,
                    next(places),
                    f'Q{number}' if number else '',
                    query=number,
                    is_query=is_query))
    return found, shares


@user_errors
def main():
    args = parse_args()
    if args.num < 1:
        raise ValueError(f'--num must be at least 1, but is {args.num}.')
    saved = read_embeddings(args.embeddings)
    saved = join_records(saved, load_index(args.data_root, saved.split))
    source = Path(args.embeddings)
    out = Path(args.out) if args.out else source.with_name(
        f'{source.stem}_maps')
    for action in choose(args, saved.query, saved.split):
        crops, shares = collect(action, saved)
        queries = sum(crop.is_query for crop in crops)
        figure = draw_embeddings(
            crops,
            tuple(f'principal axis {i} ({100 * share:.0f} % of the variance)'
                  for i, share in enumerate(shares, 1)),
            f'{source.name}, {saved.split}, action {action}: {queries} '
            f'queries, {len(crops) - queries} gallery crops')
        path = out / f'action_{action}.{args.format}'
        save_figure(figure, path)
        print(path)


if __name__ == '__main__':
    main()
