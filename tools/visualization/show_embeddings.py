"""Draw the crops of an action where their embeddings lie: ``python
tools/visualization/show_embeddings.py EMBEDDINGS.npz --data-root ROOT``.
"""

import argparse
from pathlib import Path

import numpy as np

from snreid_mm.evaluation.embedding_file import join_records, read_embeddings
from snreid_mm.evaluation.functional import principal_axes
from snreid_mm.soccernet import load_index
from snreid_mm.utils.cli import (add_action_options, choose_actions,
                                 user_errors)
from snreid_mm.utils.figures import save_figure
from snreid_mm.utils.images import read_image
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
    add_action_options(parser)
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
            found.append(
                EmbeddedCrop(
                    read_image(crops.names[i]),
                    next(places),
                    f'Q{number}' if number else '',
                    query=number,
                    is_query=is_query))
    return found, shares


@user_errors
def main():
    args = parse_args()
    saved = read_embeddings(args.embeddings)
    saved = join_records(saved, load_index(args.data_root, saved.split))
    actions = choose_actions(args, saved.query.action_idx, saved.split)
    source = Path(args.embeddings)
    out = Path(args.out) if args.out else source.with_name(
        f'{source.stem}_maps')
    for action in actions:
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
