"""What each single cue of a crop is worth, without learning:
``python benchmarks/pitch_cues.py DATA_ROOT``.

Each cue is a few numbers per crop; the gallery of each query's own action is
ranked by their Euclidean distance, ties by the metric's fixed hash, and
scored as a model is. Beside the table stand statistics of the crops and what
is known of the real ones.
"""

import argparse
import json
import os.path as osp

import cv2
import numpy as np
from tqdm import tqdm

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.evaluation.functional import (chance_scores,
                                             rank_within_actions,
                                             score_rankings)
from snreid_mm.evaluation.functional.bootstrap import bootstrap_difference
from snreid_mm.evaluation.functional.colour_histogram import colour_histogram
from snreid_mm.structures import Crops
from snreid_mm.utils.cli import format_table, user_errors

# What a real crop of a person would tell nobody; each must stay near chance.
NOT_THE_PERSON = ('box height', 'aspect', 'file size', 'sharpness',
                  'brightness', 'background alone')
MARGIN = 5.  # points of mAP over chance, and of joints over colour

# The median size was counted on the released files (by the authors of
# wKondracki01/soccernet-reid), the other two on 16 published
# crops.
REAL = {
    'height': 'median 123, 20 to 800',
    'width': 'median 59',
    'log-Laplacian sharpness': 'about 6.4',
    'saturation': 'about 105',
}


def parse_args():
    parser = argparse.ArgumentParser(
        description='Score each single cue of the crops, without learning.')
    parser.add_argument('data_root', help='the folder that holds the splits')
    parser.add_argument('--split', default='test', choices=['valid', 'test'])
    parser.add_argument(
        '--pose-config',
        help='config of an MMPose pose estimator, for the cue "predicted '
        'joints"; needs --pose-checkpoint')
    parser.add_argument(
        '--pose-checkpoint', help='the weights that --pose-config belongs to')
    parser.add_argument(
        '--strict',
        action='store_true',
        help='exit with code 1 if a cue is worth more than it may be')
    args = parser.parse_args()
    if bool(args.pose_config) != bool(args.pose_checkpoint):
        raise ValueError('--pose-config and --pose-checkpoint belong '
                         'together: give both, or none.')
    return args


def sharpness(image: np.ndarray) -> float:
    """Logarithm of the variance of the Laplacian of the grey crop."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return float(np.log(cv2.Laplacian(grey, cv2.CV_64F).var() + 1e-6))


def background(image: np.ndarray) -> np.ndarray:
    """Colour histograms of the crop's edges, where the person seldom is."""
    edge = max(1, round(0.1 * image.shape[1]))
    return colour_histogram(np.hstack([image[:, :edge], image[:, -edge:]]))


def joints_cue(keypoints: np.ndarray) -> np.ndarray:
    """Describe a pose, whatever its size and place in the picture.

    Args:
        keypoints (np.ndarray): x, y and visibility (0: unknown), (17, 3).

    Returns:
        np.ndarray: The joints about their mean, over their spread, (34, );
        not a number where a joint is unknown.
    """
    known = keypoints[:, 2] > 0
    points = np.where(known[:, None], keypoints[:, :2], np.nan)
    if known.sum() < 2:
        return np.full(34, np.nan)
    points = points - np.nanmean(points, axis=0)
    spread = np.sqrt(np.nanmean(points**2))
    return (points / max(spread, 1e-6)).ravel()


def fill_unknown(vectors: np.ndarray) -> np.ndarray:
    """Put the mean of the others in the place of what is unknown, (N, D)."""
    means = np.nanmean(vectors, axis=0)
    return np.where(np.isnan(vectors), means, vectors)


def measure_crops(records):
    """Read every crop once.

    Args:
        records (list[dict]): The N crops.

    Returns:
        tuple[dict, dict]: The cues (N, D) by name, and statistics (N, ) by
        name.
    """
    rows, statistics = [], []
    for record in tqdm(records, unit='crop', desc='cues'):
        path = record['img_path']
        image = cv2.imread(path)
        if image is None:
            raise ValueError(f'{path} cannot be read as an image: make or '
                             'fetch the data set again.')
        height, width = image.shape[:2]
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
        sharp = sharpness(image)
        rows.append({
            'box height': [np.log(height)],
            'aspect': [np.log(width / height)],
            'file size': [np.log(osp.getsize(path))],
            'sharpness': [sharp],
            'brightness': [hsv[..., 2].mean()],
            'background alone': background(image),
            'colour histogram': colour_histogram(image),
        })
        statistics.append({
            'height': height,
            'width': width,
            'width / height': width / height,
            'log-Laplacian sharpness': sharp,
            'saturation': hsv[..., 1].mean(),
            'value': hsv[..., 2].mean(),
        })

    def columns(dicts):
        return {name: np.array([each[name] for each in dicts])
                for name in dicts[0]}

    return columns(rows), columns(statistics)


def true_joints(data_root, split, records):
    """The drawn joints of each crop, (N, 34), or None where none are known.

    Only a synthetic data set has them.
    """
    path = osp.join(data_root, 'keypoints', f'{split}.json')
    if not osp.isfile(path):
        return None
    with open(path, encoding='utf-8') as file:
        coco = json.load(file)
    names = {image['id']: image['file_name'] for image in coco['images']}
    found = {
        names[each['image_id']]: np.reshape(each['keypoints'], (17, 3))
        for each in coco['annotations']
    }
    rows = []
    for record in records:
        name = osp.relpath(record['img_path'], data_root)
        if name not in found:
            raise ValueError(f'{path} knows no joints of {name}: make the '
                             'data set again.')
        rows.append(joints_cue(found[name]))
    return fill_unknown(np.array(rows))


def predicted_joints(config, checkpoint, records):
    """The joints that a pose estimator finds in each crop, (N, 34)."""
    from mmpose.apis import inference_topdown, init_model
    from mmpose.utils import register_all_modules
    register_all_modules(init_default_scope=False)
    model = init_model(config, checkpoint, device='cpu')
    rows = []
    for record in tqdm(records, unit='crop', desc='joints'):
        instances = inference_topdown(model,
                                      record['img_path'])[0].pred_instances
        # Every joint has a place, be it a guess: what a model would see.
        rows.append(
            joints_cue(np.c_[instances.keypoints[0], np.ones(17)]))
    return fill_unknown(np.array(rows))


def score(vectors, records, queries):
    """The scores of every query, ranked by the vectors' distances.

    Args:
        vectors (np.ndarray): One row for each crop, (N, D).
        records (list[dict]): The N crops.
        queries (np.ndarray): Which of them are queries, (N, ), bool.
    """
    query, gallery = (
        Crops.from_records([r for r, q in zip(records, queries) if q == kind],
                           name)
        for kind, name in ((True, 'query'), (False, 'gallery crop')))
    vectors = vectors.astype(np.float32)
    rankings = rank_within_actions(vectors[queries], vectors[~queries], query,
                                   gallery)
    return score_rankings(rankings, query, gallery), query


def cue_table(cues, records):
    """The rows of the table, and the cues that are worth too much."""
    queries = np.array([r['subset'] == 'query' for r in records])
    scores = {}
    for name, vectors in cues.items():
        scores[name], query = score(vectors, records, queries)
    some = next(iter(scores.values()))
    chance = chance_scores(some.gallery_sizes, some.n_matches, (1, ))
    rows = [('chance', chance['mAP'], '', '', chance['rank-1'])]
    worth = {}
    for name, each in scores.items():
        summary = each.summary((1, ))
        worth[name] = summary['mAP']
        # Chance of each query is exact, so the interval is that of the cue.
        half = bootstrap_difference(
            np.zeros(len(each)), each.average_precision, query.action_idx,
            resamples=2000)
        rows.append((name, summary['mAP'],
                     f'{summary["mAP"] - chance["mAP"]:+.1f}',
                     f'{100 * half.low:.1f} to {100 * half.high:.1f}',
                     summary['rank-1']))
    broken = [name for name in NOT_THE_PERSON
              if worth[name] > chance['mAP'] + MARGIN]
    broken += [name for name in ('true joints', 'predicted joints')
               if name in worth and
               worth[name] > worth['colour histogram'] + MARGIN]
    return rows, broken


def statistics_table(statistics):
    """Quantiles of each statistic, beside what is known of real crops."""
    return [(name, *np.quantile(values, (0, .1, .25, .5, .75, .9, 1)).tolist(),
             REAL.get(name, ''))
            for name, values in statistics.items()]


@user_errors
def main():
    args = parse_args()
    dataset = SoccerNetReID(
        data_root=args.data_root, split=args.split, pipeline=[])
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    cues, statistics = measure_crops(records)
    joints = true_joints(args.data_root, args.split, records)
    if joints is not None:
        cues['true joints'] = joints
    if args.pose_config:
        cues['predicted joints'] = predicted_joints(
            args.pose_config, args.pose_checkpoint, records)
    gallery = [r for r in records if r['subset'] == 'gallery']
    n_queries = len(records) - len(gallery)
    outside = [r for r in gallery
               if not r['role'].startswith(('Player', 'Goalkeeper'))]
    print(f'{args.split}: {n_queries} queries, {len(gallery)} gallery crops, '
          f'{100 * len(outside) / len(gallery):.1f} % of them referees and '
          f'staff (real: about 12 %)\n')
    rows, broken = cue_table(cues, records)
    print(format_table(
        ('cue', 'mAP', 'over chance', '95 % interval', 'rank-1'), rows))
    print()
    print(format_table(('statistic', 'least', '10 %', '25 %', 'median',
                        '75 %', '90 %', 'most', 'real'),
                       statistics_table(statistics)))
    for name in broken:
        print(f'{name} is worth more than it may be.')
    if args.strict and broken:
        raise SystemExit(1)


if __name__ == '__main__':
    main()
