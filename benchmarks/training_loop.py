"""Time what the runner adds to a training step:
``python benchmarks/training_loop.py``.

An iteration of the runner, with its data loader and all the hooks of the
config, beside forward, backward and the optimizer's step alone, on a batch
that is ready. Both are done in turn on the same batch, by the same model, so
that what else runs on the machine strikes both.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from snreid_mm.pitch import make_pitch
from snreid_mm.results.quick import forget_weights
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.config import load_config

FAMILY = Path(__file__).parents[1] / 'configs/demo'
NETWORKS = {
    'baseline': 'resnet18-fc128_b64-12e_pitch-demo_128x64.py',
    'two-stream': 'two-stream-resnet18_b64-9e_pitch-demo_128x64.py',
}
WARM_UP = 3
POINTS = ('before_train_iter', 'after_train_iter')


def parse_args():
    parser = argparse.ArgumentParser(
        description='Time what the runner adds to a training step.')
    parser.add_argument(
        '--networks',
        nargs='+',
        choices=list(NETWORKS),
        default=list(NETWORKS),
        help='which of the networks (default: all)')
    parser.add_argument(
        '--iterations',
        type=int,
        default=20,
        help='iterations that are timed (default: 20)')
    parser.add_argument(
        '--threads',
        type=int,
        default=1,
        help='threads of the CPU for the model; each worker of the loader '
        'needs a core of its own (default: 1)')
    parser.add_argument(
        '--workers',
        type=int,
        default=1,
        help='workers of the loader; a GPU needs more (default: 1)')
    return parser.parse_args()


class Stopwatch(Hook):
    """Time iterations, and between two of them the step alone.

    It comes after all other hooks, so that its clock covers these.
    """

    priority = 'LOWEST'

    def __init__(self):
        self.clock = None
        self.rows = []  # (iteration, step alone) in seconds
        self.parts = []  # seconds of each part of an iteration

    def before_train(self, runner):
        self.current = defaultdict(float)
        for hook in runner.hooks:
            for point in POINTS:
                if hook is not self:
                    self.watch(hook, point, f'hook {type(hook).__name__}')
        self.watch(runner.model, 'train_step', 'model and optimizer')

    def watch(self, owner, method, name):
        """Count the time of a method."""
        function = getattr(owner, method)

        def timed(*args, **kwargs):
            start = now(True)
            # What the loop has waited for, since the last iteration's end.
            if self.clock and 'waiting for data' not in self.current:
                self.current['waiting for data'] = start - self.clock
            try:
                return function(*args, **kwargs)
            finally:
                self.current[name] += now(True) - start

        setattr(owner, method, timed)

    def after_train_iter(self,
                         runner,
                         batch_idx,
                         data_batch=None,
                         outputs=None):
        end = now(True)
        seconds = end - self.clock if self.clock else None
        start = now(True)
        train_alone(runner, data_batch)
        alone = now(True) - start
        if seconds:
            self.rows.append((seconds, alone))
            self.parts.append(dict(self.current))
        self.current.clear()
        self.clock = now(True)


def now(synchronize=False):
    if synchronize and torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def train_alone(runner, batch):
    """Do forward, backward and the optimizer's step, as one would by hand."""
    model, optimizer = runner.model, runner.optim_wrapper.optimizer
    data = model.data_preprocessor(batch, training=True)
    losses = model(**data, mode='loss')
    loss = sum(value.mean() for name, value in losses.items()
               if 'loss' in name)  # yapf: disable
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def measure(network, root, folder, iterations, workers):
    """Train a little, and return the stopwatch."""
    cfg = load_config(str(FAMILY / NETWORKS[network]), dict(data_root=root))
    forget_weights(cfg)
    cfg.work_dir = str(folder / network)
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint.pop('save_best', None)
    cfg.train_dataloader.num_workers = workers
    cfg.log_level = 'ERROR'
    cfg.train_cfg.max_epochs = 1000
    watch = Stopwatch()
    runner = Runner.from_cfg(cfg)
    runner.register_hook(watch)

    class Enough(Exception):
        pass

    class Stop(Hook):
        priority = 'LOWEST'

        def after_train_iter(self, *args, **kwargs):
            if len(watch.rows) == WARM_UP + iterations:
                raise Enough

    runner.register_hook(Stop())
    try:
        runner.train()
    except Enough:
        return watch, cfg
    raise ValueError('The training ended before it was timed.')


@user_errors
def main():
    args = parse_args()
    if min(args.iterations, args.threads, args.workers) < 1:
        raise ValueError('--iterations, --threads and --workers must be 1 or '
                         'more.')
    torch.set_num_threads(args.threads)
    rows, profiles = [], []
    with tempfile.TemporaryDirectory() as folder:
        root = str(Path(folder) / 'pitch')
        make_pitch(root, 'demo', seed=0)
        for network in args.networks:
            watch, cfg = measure(network, root, Path(folder),
                                 args.iterations, args.workers)
            seconds = np.array(watch.rows)[WARM_UP:]
            runner, alone = np.median(seconds, axis=0)
            ratio = np.median(seconds[:, 0] / seconds[:, 1])
            rows.append((network, cfg.train_dataloader.batch_size,
                         f'{1000 * runner:.1f}', f'{1000 * alone:.1f}',
                         f'{ratio:.3f}'))
            parts = defaultdict(list)
            for part in watch.parts[WARM_UP:]:
                for name, value in part.items():
                    parts[name].append(value)
            for name, values in sorted(
                    parts.items(), key=lambda part: -sum(part[1])):
                spent = 1000 * sum(values) / args.iterations
                profiles.append((network, name, f'{spent:.2f}',
                                 f'{spent / 10 / runner:.2f}'))
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else (
        f'the CPU, {args.threads} thread(s)')
    print(f'{args.iterations} iterations on {where}, torch '
          f'{torch.__version__}')
    print(
        format_table(('network', 'batch', 'runner, ms', 'step alone, ms',
                      'ratio'), rows))
    print(
        format_table(('network', 'part of an iteration', 'ms', '%'),
                     profiles))


if __name__ == '__main__':
    main()
