"""Draw the keypoints that a pose estimator finds:
``python tools/visualization/show_keypoints.py CONFIG CHECKPOINT --data-root
ROOT --out DIR``.
"""

import argparse
import os.path as osp
from pathlib import Path

import numpy as np
import torch
from mmengine.config import DictAction
from mmengine.dataset import pseudo_collate
from mmengine.runner import load_checkpoint
from mmpose.apis import init_model
from mmpose.evaluation.functional import keypoint_pck_accuracy
from mmpose.models.pose_estimators.base import BasePoseEstimator
from mmpose.registry import DATASETS, MODELS
from tqdm import tqdm

from snreid_mm.engine.hooks.pose_check import check_pose_sizes
from snreid_mm.models.part_extractors import refuse_pose_misfits
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.config import load_config
from snreid_mm.utils.figures import save_figure
from snreid_mm.utils.images import read_image
from snreid_mm.utils.keypoint_files import check_keypoint_files
from snreid_mm.visualization import PosedCrop, draw_keypoint_panel

PCK_THR = 0.05
BATCH = 32


def parse_args():
    parser = argparse.ArgumentParser(
        description='Draw the keypoints that a pose estimator finds on crops '
        'of a split, as one picture.')
    parser.add_argument('config', help='the config file of the estimator')
    parser.add_argument('checkpoint', help='its checkpoint file')
    parser.add_argument(
        '--data-root',
        required=True,
        help='the folder that holds the splits and keypoints/')
    parser.add_argument(
        '--split',
        default='test',
        help='train, valid or test (default: test)')
    parser.add_argument(
        '--out', required=True, help='the folder for the picture')
    parser.add_argument(
        '--format',
        choices=['jpg', 'png'],
        default='jpg',
        help='the kind of picture (default: jpg)')
    parser.add_argument(
        '--num',
        type=int,
        default=32,
        metavar='N',
        help='draw N crops, chosen at random (default: 32)')
    parser.add_argument(
        '--seed', type=int, default=0, help='which are chosen (default: 0)')
    parser.add_argument(
        '--truth',
        action='store_true',
        help='also draw where the joints really are, as crosses')
    parser.add_argument(
        '--score-thr',
        type=float,
        default=0.3,
        metavar='S',
        help='a joint of a lower score is a ring (default: 0.3)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        metavar='KEY=VALUE',
        help='override config values by their dotted keys')
    return parser.parse_args()


def read_config(args):
    """Read the config, and make its test data set that of the arguments."""
    options = dict(args.cfg_options or {})
    # The options of the other tools, given to this one too, do no harm.
    if options.get('data_root') == args.data_root:
        del options['data_root']
    cfg = load_config(
        args.config,
        options,
        decided=dict(
            data_root='--data-root', load_from='the argument checkpoint'))
    model = MODELS.get(str((cfg.get('model') or {}).get('type')))
    dataset = (cfg.get('test_dataloader') or {}).get('dataset') or {}
    if not (isinstance(model, type) and issubclass(model, BasePoseEstimator)
            and dataset.get('ann_file')):
        raise ValueError(
            f'{args.config} is no config of a pose estimator with keypoints '
            'to test on: give one like those in configs/pose.')
    dataset.data_root = args.data_root
    folder = osp.dirname(dataset.ann_file)
    dataset.ann_file = osp.join(folder, f'{args.split}.json')
    file = Path(args.data_root, dataset.ann_file)
    there = sorted(path.stem for path in file.parent.glob('*.json'))
    if there and args.split not in there:
        raise ValueError(f'--split {args.split} has no keypoints in '
                         f'{file.parent}: give {" or ".join(there)}.')
    check_keypoint_files(cfg, ('test_dataloader', ))
    return cfg


def predict(model, dataset, chosen):
    """Return MMPose's data samples, with predictions, of the chosen crops."""
    samples = []
    with tqdm(total=len(chosen), desc='Predict', unit='crop') as bar:
        for begin in range(0, len(chosen), BATCH):
            indices = chosen[begin:begin + BATCH]
            batch = pseudo_collate([dataset[int(i)] for i in indices])
            with torch.no_grad():
                samples += model.test_step(batch)
            bar.update(len(indices))
    return samples


def pck_of(samples):
    """Share of joints that are near to the truth, as ``PCKAccuracy``."""
    truth = [sample.gt_instances for sample in samples]
    boxes = np.concatenate([each.bboxes for each in truth])
    longer = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True)
    _, pck, known = keypoint_pck_accuracy(
        np.concatenate([each.pred_instances.keypoints for each in samples]),
        np.concatenate([each.keypoints for each in truth]),
        np.concatenate([each.keypoints_visible for each in truth]) > 0,
        PCK_THR, np.repeat(longer, 2, axis=1))
    return pck if known else None


def posed_crop(sample, with_truth):
    """Read one crop, and bring what is known of it together."""
    path = sample.metainfo['img_path']
    image = read_image(path)
    pck = pck_of([sample])
    truth = sample.gt_instances
    return PosedCrop(
        image,
        sample.pred_instances.keypoints[0],
        sample.pred_instances.keypoint_scores[0],
        caption=f'{image.shape[0]} × {image.shape[1]}\n' +
        ('PCK –' if pck is None else f'PCK {100 * pck:.0f} %'),
        truth=truth.keypoints[0] if with_truth else None,
        truth_visible=truth.keypoints_visible[0] if with_truth else None)


@user_errors
def main():
    args = parse_args()
    if args.num < 1:
        raise ValueError(f'--num must be at least 1, but is {args.num}.')
    cfg = read_config(args)
    device = 'cuda:0' if torch.cuda.is_available() else 'cpu'
    model = init_model(cfg, device=device)
    refuse_pose_misfits(model)
    load_checkpoint(model, args.checkpoint, map_location='cpu')
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    check_pose_sizes(model, dataset, 'test_dataloader')
    rng = np.random.default_rng(args.seed)
    chosen = np.sort(
        rng.permutation(len(dataset))[:min(args.num, len(dataset))])
    samples = predict(model, dataset, chosen)
    heading = (f'{Path(args.checkpoint).name}, {args.split}: {len(samples)} '
               f'of {len(dataset)} crops')
    pck = pck_of(samples)
    if pck is not None:
        heading += f'  ·  PCK@{PCK_THR:g} {100 * pck:.1f} %'
    picture = draw_keypoint_panel(
        [posed_crop(sample, args.truth) for sample in samples],
        dataset.metainfo,
        heading,
        score_thr=args.score_thr)
    path = Path(args.out) / f'keypoints_{args.split}.{args.format}'
    save_figure(picture, path)
    print(path)


if __name__ == '__main__':
    main()
