"""Test a checkpoint, or an exported file: ``python tools/test.py CONFIG
CHECKPOINT``.
"""

import argparse
from pathlib import Path

import mmengine
from mmengine.dist import is_main_process
from mmpose.models.pose_estimators.base import BasePoseEstimator

from snreid_mm.engine import build_runner
from snreid_mm.models.part_extractors import refuse_pose_misfits
from snreid_mm.utils.cli import parse_run_args, user_errors
from snreid_mm.utils.config import enable_amp, load_config
from snreid_mm.utils.distributed import distribute_on_cpu, unwrap
from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.keypoint_files import check_keypoint_files

FORMATS = ('.json', '.yaml', '.yml', '.pkl')


def parse_args():
    parser = argparse.ArgumentParser(
        description='Test a checkpoint on the test split, or on the split '
        'that --cfg-options test_dataloader.dataset.split=... names; for a '
        'pose estimator, test_dataloader.dataset.ann_file=...')
    parser.add_argument('config', help='the config file')
    parser.add_argument(
        'checkpoint',
        help='the checkpoint file, or an .onnx file that '
        'tools/deployment/export_onnx.py wrote')
    parser.add_argument(
        '--work-dir', help='the folder for the log; default as in train.py')
    parser.add_argument(
        '--out', help='write the metrics to this .json, .yaml or .pkl file')
    parser.add_argument(
        '--amp',
        action='store_true',
        help='test in mixed precision; without a GPU, in the precision '
        'of the config')
    return parse_run_args(parser)


def put_exported(cfg, args):
    """Put an exported file in the place of the config's model."""
    for name in args.cfg_options or {}:
        if name.split('.')[0] in ('model', 'data_preprocessor'):
            raise ValueError(f'The option {name!r} would do nothing: '
                             f'{args.checkpoint} is the model. Leave it out, '
                             'or export with it.')
    if args.amp or args.launcher != 'none':
        raise ValueError(f'{args.checkpoint} is tested as it is, by one '
                         'process: leave out --amp and --launcher.')
    cfg.model = dict(type='snreid_mm.OnnxPlayerReID', file=args.checkpoint)
    cfg.data_preprocessor = None  # the file knows


@user_errors
def main():
    args = parse_args()
    if args.out and Path(args.out).suffix not in FORMATS:
        raise ValueError(f'--out {args.out} must end in '
                         f'{", ".join(FORMATS)}.')
    cfg = load_config(
        args.config, args.cfg_options, args.work_dir, args.launcher,
        dict.fromkeys(('load_from', 'resume'), 'the argument checkpoint'))
    cfg.load_from = args.checkpoint
    cfg.resume = False
    if Path(args.checkpoint).suffix == '.onnx':
        put_exported(cfg, args)
        cfg.load_from = None
    if args.amp:
        enable_amp(cfg, training=False)
    check_keypoint_files(cfg, ('test_dataloader', ))
    distribute_on_cpu(cfg)
    runner = build_runner(cfg)
    model = unwrap(runner.model)
    if isinstance(model, BasePoseEstimator):
        refuse_pose_misfits(model)  # Our own models do by themselves.
    metrics = runner.test()
    if args.out and is_main_process():
        write_atomically(
            args.out,
            mmengine.dump(metrics, file_format=Path(args.out).suffix[1:]))


if __name__ == '__main__':
    main()
