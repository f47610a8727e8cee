"""Train and test many configs on shares of the data with several seeds, and
write one table: ``python tools/analysis_tools/results_table.py CONFIG ...
--data-root ROOT --fractions 0.1 0.02 --seeds 0 1 2``.
"""

import argparse
import contextlib
import signal
import subprocess
import sys
from pathlib import Path

from mmengine.config import DictAction

from snreid_mm.results.execution import (execute, make_executors, only_one,
                                         sort_out)
from snreid_mm.results.folder import prune
from snreid_mm.results.plan import plan_runs, split_label
from snreid_mm.results.quick import shrink
from snreid_mm.results.summary import markdown, write_tables
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.figures import save_figure
from snreid_mm.visualization import draw_cost_chart

TOOLS = Path(__file__).resolve().parents[1]
CONFIGS = TOOLS.parent / 'configs'
# The table that sn-reid's two-stream model was published with.
SNREID_TABLE = (
    ('bilinear/two-stream-snreid_b32-60e_soccernet-10pct_256x128.py',
     'two-stream bilinear'),
    ('baselines/osnet-x1.0_b32-60e_soccernet-10pct_256x128.py', 'OSNet'),
    ('baselines/resnet50-fc512_b32-60e_soccernet-10pct_256x128.py',
     'ResNet50-fc512'),
    ('baselines/inception-v4_b32-60e_soccernet-10pct_256x128.py',
     'Inception-v4'),
    ('baselines/resnet50mid_b32-60e_soccernet-10pct_256x128.py',
     'ResNet50mid'),
)
SNREID_FRACTIONS = (0.1, 0.02)
# Its 2 % were trained for fewer epochs.
SNREID_EPOCHS = {0.02: 40}
# The tiny pitch has six training actions.
QUICK_FRACTIONS = (1.0, 0.5)
QUICK_REMARK = 'Made with --quick, to try that all of it runs: the scores ' \
    'mean nothing, and costs are those of small images.'


def positive(text):
    """Read a number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f'{number} is less than 1')
    return number


def parse_args():
    parser = argparse.ArgumentParser(
        description='Train and test configs on shares of the training data '
        'with several seeds, and write the table of results: results.md, '
        'results.csv, runs.csv and results.png in --work-dir. What is done '
        'is not done again, what was interrupted is resumed, what failed is '
        'tried again. The exit code is 1 if a run has failed.')
    parser.add_argument(
        'configs',
        nargs='*',
        metavar='CONFIG[=LABEL]',
        help='the configs, with the names that the table gives them; '
        'without any, those of the table of sn-reid\'s two-stream model')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--fractions',
        nargs='+',
        type=float,
        help='the shares of the training actions; default: each config\'s '
        'own, and 0.1 and 0.02 without configs (with --quick: 1 and 0.5)')
    parser.add_argument(
        '--seeds', nargs='+', type=int, default=[0], help='default: 0')
    parser.add_argument(
        '--work-dir',
        default='work_dirs/results',
        help='where the runs and the table go')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='override values of all configs')
    parser.add_argument(
        '--jobs',
        type=positive,
        help='runs side by side; default: one on each GPU, or one, and all '
        'that SLURM starts')
    parser.add_argument(
        '--threads',
        type=positive,
        help='CPU threads of each run; default: the CPUs shared out')
    parser.add_argument(
        '--slurm',
        nargs='*',
        action=DictAction,
        metavar='KEY=VALUE',
        help='make the runs as jobs of SLURM, with these parameters of '
        'submitit\'s executor, e.g. partition=gpu timeout_min=600; a GPU '
        'each by default')
    parser.add_argument(
        '--checkpoint',
        choices=['best', 'last'],
        default='best',
        help='test the best checkpoint on the validation split, where the '
        'config keeps it (default), or the last')
    parser.add_argument(
        '--prune',
        action='store_true',
        help='of each finished run, keep the tested checkpoint alone')
    parser.add_argument(
        '--embeddings',
        action='store_true',
        help='each run also saves its embeddings of valid and test, for '
        'match_runs.py')
    parser.add_argument(
        '--quick',
        action='store_true',
        help='only try that everything runs, in minutes on a CPU: one epoch '
        'of a few small images, no pretrained weights; makes a tiny '
        'synthetic pitch if there is nothing at --data-root')
    parser.add_argument(
        '--table-only',
        action='store_true',
        help='run nothing and prune nothing, write the table of what is '
        'done')
    return parser.parse_args()


def adapt_config(args):
    """Make the function that each resolved config goes through."""
    said = set()

    def adapt(cfg):
        if not args.configs and 'train_cfg.max_epochs' not in args.cfg_options:
            fraction = cfg.train_dataloader.dataset.fraction
            cfg.train_cfg.max_epochs = SNREID_EPOCHS.get(
                fraction, cfg.train_cfg.max_epochs)
        if args.quick:
            for note in shrink(cfg):
                line = f'--quick: {Path(cfg.filename).stem}: {note}'
                if line not in said:
                    print(line)
                said.add(line)

    return adapt


def make_runs(args):
    """Plan the runs that the arguments ask for."""
    configs = [split_label(each) for each in args.configs] or [
        (str(CONFIGS / path), label) for path, label in SNREID_TABLE
    ]
    fractions = args.fractions
    if fractions is None and args.quick:
        fractions = QUICK_FRACTIONS
    elif fractions is None and not args.configs:
        fractions = SNREID_FRACTIONS
    options = {
        'data_root': str(Path(args.data_root).resolve()),
        **args.cfg_options
    }
    return plan_runs(configs, args.work_dir, args.seeds, fractions, options,
                     adapt_config(args), args.checkpoint)


@user_errors
def main():
    args = parse_args()
    work_dir, root = Path(args.work_dir), Path(args.data_root)
    if args.quick and not args.table_only and not root.exists():
        code = subprocess.call([
            sys.executable,
            str(TOOLS / 'dataset_tools/make_synthetic.py'),
            str(root), '--preset', 'tiny', '--quiet'
        ])
        if code:  # it has said why
            raise SystemExit(code)
    if not root.is_dir():
        raise FileNotFoundError(
            f'There is no folder --data-root {root}: fetch the data with '
            'tools/dataset_tools/download.py, make a synthetic set with '
            'tools/dataset_tools/make_synthetic.py, or add --quick.')
    # Whoever ends this process ends its runs. Nobody listens to a hang-up
    # under nohup; leave that as it is.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    remark = QUICK_REMARK if args.quick else ''
    # A table may be written beside a process that makes its runs.
    alone = contextlib.nullcontext() if args.table_only else only_one(work_dir)
    with alone:
        runs = make_runs(args)
        settled, waiting = sort_out(runs)
        print(f'{len(runs)} runs, of which {len(waiting)} to do, in '
              f'{work_dir}')

        def write():
            rows = write_tables(runs, work_dir, remark)
            save_figure(draw_cost_chart(rows), work_dir / 'results.png')
            return rows

        try:
            if not args.table_only:
                for run in settled if args.prune else ():
                    prune(run)
                executors = make_executors(work_dir / 'jobs', args.jobs,
                                           args.threads, args.slurm)
                execute(
                    waiting,
                    executors,
                    args.prune,
                    write,
                    len(settled),
                    embeddings=args.embeddings)
        except KeyboardInterrupt:
            print('\nStopped. The same command goes on where it was.')
            raise SystemExit(130) from None
        rows = write()
    print(f'\n{markdown(rows, remark)}')
    print('Written: results.md, results.csv, runs.csv and results.png in '
          f'{work_dir}')
    failures = sum(len(row.failures) for row in rows)
    if failures:
        print(f'error: {failures} of {len(runs)} runs failed; the table says '
              'why. The same command tries them again.', file=sys.stderr)
        raise SystemExit(1)


if __name__ == '__main__':
    main()
