"""Rank a split by colour histograms: the floor that any model must beat."""

import argparse

import numpy as np
from tqdm import tqdm

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.evaluation.embedding_file import (SavedEmbeddings,
                                                 write_embeddings)
from snreid_mm.evaluation.functional import rank_within_actions
from snreid_mm.evaluation.functional.colour_histogram import colour_histogram
from snreid_mm.soccernet import write_ranking_file
from snreid_mm.structures import Crops
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.images import read_image


def parse_args():
    parser = argparse.ArgumentParser(
        description='Rank the gallery of every query by the distance of '
        'colour histograms, and write the ranking file.')
    parser.add_argument('out', help='the ranking file to write (.json)')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--split', default='test', choices=['valid', 'test', 'challenge'])
    parser.add_argument(
        '--embeddings',
        metavar='NPZ',
        help='also write the histograms, for tune_matching.py and '
        'apply_matching.py')
    return parser.parse_args()


@user_errors
def main():
    args = parse_args()
    dataset = SoccerNetReID(
        data_root=args.data_root, split=args.split, pipeline=[])
    subsets = {'query': ([], []), 'gallery': ([], [])}
    for i in tqdm(range(len(dataset)), unit='crop', desc='histograms'):
        record = dataset.get_data_info(i)
        image = read_image(record['img_path'])
        records, descriptors = subsets[record['subset']]
        records.append(record)
        descriptors.append(colour_histogram(image))
    query, gallery = (
        Crops.from_records(records, kind)
        for kind, (records, _) in subsets.items())
    embeddings = [np.stack(descriptors) for _, descriptors in subsets.values()]
    rankings = rank_within_actions(*embeddings, query, gallery)
    if args.embeddings:
        write_embeddings(
            args.embeddings,
            SavedEmbeddings(args.split, query, gallery, *embeddings))
    write_ranking_file(args.out, rankings.to_dict(query, gallery))
    print(f'{len(query)} rankings written to {args.out}')


if __name__ == '__main__':
    main()
