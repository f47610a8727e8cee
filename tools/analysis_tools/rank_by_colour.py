"""Rank a split by colour histograms: the floor that any model must beat."""

import argparse

import cv2
import numpy as np
from tqdm import tqdm

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.evaluation.functional import rank_within_actions
from snreid_mm.evaluation.functional.colour_histogram import colour_histogram
from snreid_mm.soccernet import write_ranking_file
from snreid_mm.structures import Crops
from snreid_mm.utils.cli import user_errors


def parse_args():
    parser = argparse.ArgumentParser(
        description='Rank the gallery of every query by the distance of '
        'colour histograms, and write the ranking file.')
    parser.add_argument('out', help='the ranking file to write (.json)')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--split', default='test', choices=['valid', 'test', 'challenge'])
    return parser.parse_args()


@user_errors
def main():
    args = parse_args()
    dataset = SoccerNetReID(
        data_root=args.data_root, split=args.split, pipeline=[])
    subsets = {'query': ([], []), 'gallery': ([], [])}
    for i in tqdm(range(len(dataset)), unit='crop', desc='histograms'):
        record = dataset.get_data_info(i)
        image = cv2.imread(record['img_path'])
        if image is None:
            raise ValueError(f'{record["img_path"]} cannot be read as an '
                             'image: fetch the data set again.')
        records, descriptors = subsets[record['subset']]
        records.append(record)
        descriptors.append(colour_histogram(image))
    query, gallery = (
        Crops.from_records(records, kind)
        for kind, (records, _) in subsets.items())
    rankings = rank_within_actions(
        np.stack(subsets['query'][1]), np.stack(subsets['gallery'][1]), query,
        gallery)
    write_ranking_file(args.out, rankings.to_dict(query, gallery))
    print(f'{len(query)} rankings written to {args.out}')


if __name__ == '__main__':
    main()
