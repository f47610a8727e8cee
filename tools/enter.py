"""Make a whole entry to the challenge: ``python tools/enter.py CONFIG
--data-root data/soccernet/reid --seeds 0 1 2 --work-dir work_dirs/entry``.
"""

import argparse
import signal
import sys
from pathlib import Path

from mmengine.config import DictAction

from snreid_mm.evaluation.functional.matching import METHODS
from snreid_mm.results.entry import Entry
from snreid_mm.utils.cli import user_errors


def parse_args():
    parser = argparse.ArgumentParser(
        description='Train a config with several seeds, average the weights, '
        'enter what is best on valid: the own frame fitted on train, the '
        'matching tuned and the calibration fitted on valid, test and '
        'challenge ranked, checked and zipped. The same command goes on with '
        'what was interrupted, and keeps what is done.')
    parser.add_argument('config', help='the config file')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--work-dir',
        default='work_dirs/entry',
        help='where everything goes (default: work_dirs/entry)')
    parser.add_argument(
        '--seeds',
        nargs='+',
        type=int,
        default=[0],
        help='the seeds (default: 0)')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='override values of the config')
    parser.add_argument(
        '--splits',
        nargs='+',
        choices=['test', 'challenge'],
        default=['test', 'challenge'],
        help='what is ranked in the end (default: both)')
    parser.add_argument(
        '--methods',
        nargs='+',
        choices=list(METHODS),
        default=list(METHODS),
        help='the matchings to tune (default: all)')
    parser.add_argument(
        '--own-frame-fraction',
        type=float,
        default=.1,
        help='share of the training actions that the own frame is fitted on; '
        '0 leaves it out (default: 0.1)')
    parser.add_argument(
        '--false-accept-rate',
        type=float,
        default=.01,
        help='that of the calibration (default: 0.01)')
    parser.add_argument(
        '--jobs',
        type=int,
        help='seeds side by side, in processes of their own; 0 trains in this '
        'one and shows its log (default: one on each GPU, or one)')
    parser.add_argument(
        '--threads',
        type=int,
        help='CPU threads of each seed (default: the CPUs shared out)')
    return parser.parse_args()


@user_errors
def main():
    args = parse_args()
    if not 0 <= args.own_frame_fraction <= 1:
        raise ValueError('--own-frame-fraction must be in [0, 1].')
    for name in ('jobs', 'threads'):
        value = getattr(args, name)
        if value is not None and value < (0 if name == 'jobs' else 1):
            raise ValueError(f'--{name} {value} is too few.')
    # Whoever ends this process ends the trainings that it has started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    entry = Entry(
        args.config,
        args.data_root,
        Path(args.work_dir),
        args.seeds,
        options=args.cfg_options,
        splits=args.splits,
        own_frame_fraction=args.own_frame_fraction,
        methods=args.methods,
        false_accept_rate=args.false_accept_rate,
        jobs=args.jobs,
        threads=args.threads,
        say=lambda line: print(line, flush=True))
    try:
        print(f'\n{entry.make()}')
    except KeyboardInterrupt:
        print(
            'Interrupted. The same command goes on from here.',
            file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == '__main__':
    main()
