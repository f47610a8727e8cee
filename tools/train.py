"""Train a model: ``python tools/train.py CONFIG``."""

import argparse
from pathlib import Path

from snreid_mm.engine import build_runner, train
from snreid_mm.utils.cli import parse_run_args, user_errors
from snreid_mm.utils.config import enable_amp, load_config
from snreid_mm.utils.distributed import distribute_on_cpu
from snreid_mm.utils.keypoint_files import check_keypoint_files


def parse_args():
    parser = argparse.ArgumentParser(description='Train a model.')
    parser.add_argument('config', help='the config file')
    parser.add_argument(
        '--work-dir',
        help='the folder for logs and checkpoints; default: the config\'s '
        'work_dir, else work_dirs/<config name>')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='go on from this checkpoint; without a value, from the newest '
        'whole one in the work folder (from the start, if there is none)')
    parser.add_argument(
        '--amp',
        action='store_true',
        help='train in mixed precision; without a GPU, in the precision '
        'of the config')
    parser.add_argument(
        '--no-validate',
        action='store_true',
        help='leave out the validation during training')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by the batch size over all GPUs '
        '(auto_scale_lr in the config)')
    return parse_run_args(parser)


@user_errors
def main():
    args = parse_args()
    by_resume = dict.fromkeys(('load_from', 'resume'), '--resume')
    cfg = load_config(args.config, args.cfg_options, args.work_dir,
                      args.launcher, by_resume if args.resume else None)
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        # The best checkpoint is chosen by the validation.
        cfg.default_hooks.checkpoint.pop('save_best', None)
    if args.amp:
        enable_amp(cfg, training=True)
    if args.auto_scale_lr:
        if not cfg.get('auto_scale_lr'):
            raise ValueError(
                '--auto-scale-lr needs to know the batch size that the '
                'learning rate was chosen for: add '
                'auto_scale_lr=dict(base_batch_size=...) to the config.')
        cfg.auto_scale_lr.enable = True
    if args.resume == 'auto':
        cfg.resume, cfg.load_from = True, None
        if not any(Path(cfg.work_dir).glob('*.pth')):
            print(f'--resume: no checkpoint in {cfg.work_dir}, so training '
                  'starts at epoch 1.')
    elif args.resume is not None:
        cfg.resume, cfg.load_from = True, args.resume
    check_keypoint_files(cfg, ('train_dataloader', 'val_dataloader'))
    distribute_on_cpu(cfg)
    runner = build_runner(cfg)
    train(runner)


if __name__ == '__main__':
    main()
