"""Draw which gallery crop each query of an action was matched with:
``python tools/visualization/show_associations.py RANKING.json --data-root
ROOT``.
"""

import argparse
from pathlib import Path
from typing import Callable, NamedTuple, Optional

import numpy as np

from snreid_mm.evaluation.calibration_file import read_calibration
from snreid_mm.evaluation.embedding_file import join_records, read_embeddings
from snreid_mm.evaluation.functional import find_matches, rank_within_actions
from snreid_mm.evaluation.functional.matching import actions_one_to_one
from snreid_mm.soccernet import check_ranking, load_index, read_ranking_file
from snreid_mm.structures import Crops, Rankings
from snreid_mm.utils.cli import (add_action_options, choose_actions,
                                 user_errors)
from snreid_mm.utils.figures import save_figure
from snreid_mm.utils.images import read_image
from snreid_mm.visualization import Link, RankedImage, draw_associations


def parse_args():
    parser = argparse.ArgumentParser(
        description='Match the queries of an action one-to-one with gallery '
        'crops, and draw a picture for each action: right pairs are joined by '
        'solid lines, wrong ones by dashed lines.')
    parser.add_argument(
        'source',
        help='a ranking file (.json, or the .zip of one), which is matched by '
        'least total rank; or saved embeddings (.npz), by least total squared '
        'distance')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--split',
        choices=['valid', 'test', 'challenge'],
        help='the split that was ranked (default: test; saved embeddings '
        'name their own)')
    parser.add_argument(
        '--calibration',
        metavar='JSON',
        help='what calibrate.py wrote; the lines then show the probability '
        'that both are one person (needs embeddings)')
    add_action_options(parser)
    parser.add_argument(
        '--out',
        metavar='DIR',
        help='the folder for the pictures (default: SOURCE_associations '
        'beside the source)')
    parser.add_argument(
        '--format',
        choices=['png', 'jpg'],
        default='png',
        help='the kind of picture (default: png)')
    return parser.parse_args()


class Ranked(NamedTuple):
    """What was ranked, and how sure each of the P pairs is.

    Args:
        split (str): The split.
        query (Crops): The queries.
        gallery (Crops): The gallery.
        rankings (Rankings): The rankings.
        confidence (np.ndarray): How thick a pair's line is, 0 to 1, (P, ).
        labels (Callable): Writes what stands on the line of a pair.
        key (list[tuple[float, str]]): Confidences that the key explains.
    """

    split: str
    query: Crops
    gallery: Crops
    rankings: Rankings
    confidence: np.ndarray
    labels: Callable[[int], str]
    key: list


def read_source(args):
    """Read a ranking file or embeddings.

    Returns:
        Ranked: What was ranked.
    """
    if not args.source.endswith('.npz'):
        if args.calibration:
            raise ValueError('--calibration needs distances, which a ranking '
                             'file does not hold: give saved embeddings '
                             '(.npz).')
        split = args.split or 'test'
        records = load_index(args.data_root, split)
        query, gallery = (Crops.from_records(
            [record for record in records if record['subset'] == subset], kind)
                          for subset, kind in (('query', 'query'),
                                               ('gallery', 'gallery crop')))
        rankings = check_ranking(
            read_ranking_file(args.source), query, gallery, args.source)
        return by_rank(split, query, gallery, rankings)
    saved = read_embeddings(args.source)
    if args.split not in (None, saved.split):
        raise ValueError(f'{args.source} holds embeddings of {saved.split}, '
                         f'but --split is {args.split}: leave it out.')
    saved = join_records(saved, load_index(args.data_root, saved.split))
    query, gallery = saved.query, saved.gallery
    rankings = rank_within_actions(saved.query_embeddings,
                                   saved.gallery_embeddings,
                                   query.without_labels(),
                                   gallery.without_labels())
    if args.calibration is None:
        return by_rank(saved.split, query, gallery, rankings)
    same = read_calibration(args.calibration).same_person(rankings)
    return Ranked(saved.split, query, gallery, rankings, same,
                  lambda pair: f'{100 * same[pair]:.0f} %',
                  [(p, f'{100 * p:.0f} % probable') for p in (.05, .95)])


def by_rank(split, query, gallery, rankings):
    """Let a line be the thicker, the higher its crop is ranked."""
    rank = 1 + np.arange(len(rankings.gallery)) - np.repeat(
        rankings.offsets[:-1], rankings.gallery_sizes)
    return Ranked(split, query, gallery, rankings, 1 / rank,
                  lambda pair: f'rank {rank[pair]}',
                  [(1 / r, f'ranked {r}') for r in (1, 10)])


class Association(NamedTuple):
    """One action, matched.

    Args:
        queries (list[int]): Positions of its queries.
        gallery (list[int]): Positions of its gallery crops.
        links (list[Link]): The pairs, by their places in the two lists.
    """

    queries: list
    gallery: list
    links: list


def associate(action, ranked, pairs, is_match: Optional[np.ndarray]):
    """Collect the queries, the gallery and the pairs of an action, by
    ``bbox_idx``.

    Returns:
        Association: The action.
    """

    def of_action(crops):
        found = np.flatnonzero(crops.action_idx == action)
        return found[np.argsort(crops.bbox_idx[found])].tolist()

    queries, gallery = of_action(ranked.query), of_action(ranked.gallery)
    place = {crop: i for i, crop in enumerate(gallery)}
    links = []
    for i, query in enumerate(queries):
        pair = pairs[query]
        if pair < 0:  # more queries than gallery crops
            continue
        links.append(
            Link(
                i, place[int(ranked.rankings.gallery[pair])],
                float(ranked.confidence[pair]), ranked.labels(pair),
                None if is_match is None else bool(is_match[pair])))
    return Association(queries, gallery, links)


def images(found, query, gallery):
    """Read the crops of an action, and write below each who it is."""
    letters = {}
    queries = []
    for n, i in enumerate(found.queries, 1):
        if query.person_uid is not None:
            letters[query.person_uid[i]] = f'Q{n}'
        name = f'Q{n}\nquery {query.bbox_idx[i]}'
        queries.append(RankedImage(read_image(query.names[i]), name))
    crops = []
    for i in found.gallery:
        name = f'gallery {gallery.bbox_idx[i]}'
        if gallery.person_uid is not None:
            who = letters.get(gallery.person_uid[i])
            name = (f'is {who}' if who else 'no query') + f'\n{name}'
        crops.append(RankedImage(read_image(gallery.names[i]), name))
    return queries, crops


@user_errors
def main():
    args = parse_args()
    ranked = read_source(args)
    actions = choose_actions(args, ranked.query.action_idx, ranked.split)
    pairs = actions_one_to_one(ranked.rankings, ranked.query.without_labels(),
                       ranked.gallery.without_labels())
    is_match = None
    if ranked.query.person_uid is not None:
        is_match = find_matches(ranked.rankings, ranked.query, ranked.gallery)
        drawn = pairs[pairs >= 0]
        print(f'Of the {len(pairs)} queries of {ranked.split} '
              f'{is_match[drawn].sum()} are matched with their person.')
    source = Path(args.source)
    out = Path(args.out) if args.out else source.with_name(
        f'{source.stem}_associations')
    for action in actions:
        found = associate(action, ranked, pairs, is_match)
        heading = (f'{source.name}, {ranked.split}, action {action}: '
                   f'{len(found.queries)} queries, {len(found.gallery)} '
                   'gallery crops')
        if is_match is not None:
            right = sum(link.correct for link in found.links)
            heading += f', {right} of {len(found.links)} pairs right'
        picture = draw_associations(*images(found, ranked.query,
                                            ranked.gallery), found.links,
                                    heading, ranked.key)
        path = out / f'action_{action}.{args.format}'
        save_figure(picture, path)
        print(path)


if __name__ == '__main__':
    main()
