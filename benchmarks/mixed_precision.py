"""Time a training step in bfloat16 beside float32:
``python benchmarks/mixed_precision.py``.

The networks are those of configs/pitch_table, or of any config of a
re-identification network, with the optimizer, the losses and the batches of
their configs; the crops are noise, and ready before the clock starts. On a
GPU there is float16 too. What Bfloat16OptimWrapper and ChannelsLastHook gain
depends on the machine: on a CPU without units for bfloat16 they lose.
"""

import argparse
import copy
import logging
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from mmengine.logging import MMLogger
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmpretrain.structures import DataSample

from snreid_mm.engine import ChannelsLastHook
from snreid_mm.registry import MODELS
from snreid_mm.results.quick import forget_weights
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.config import load_config

CONFIGS = Path(__file__).parents[1] / 'configs'
PITCH_TABLE = 'pitch_table/{}-strong_b32-500i_pitch-bench_96x48.py'
NETWORKS = ('osnet-x1.0', 'resnet50-fc512', 'resnet50mid', 'inception-v4',
            'two-stream')
WRAPPERS = {
    'float32': 'OptimWrapper',
    'bfloat16': 'snreid_mm.Bfloat16OptimWrapper'
}
if torch.cuda.is_available():
    WRAPPERS['float16'] = 'AmpOptimWrapper'
WAYS = [
    f'{precision}{order}' for precision in WRAPPERS
    for order in ('', ', channels last')
]
IDENTITIES = 1000


def parse_args():
    parser = argparse.ArgumentParser(
        description='Time a training step in bfloat16 beside float32.')
    parser.add_argument(
        '--networks',
        nargs='+',
        default=NETWORKS,
        metavar='NETWORK',
        help=f'which of {", ".join(NETWORKS)} (default: all), or files in '
        'configs, e.g. baselines/resnet50-fc512_b32-...py')
    parser.add_argument(
        '--rounds',
        type=int,
        default=5,
        help='how often each is timed, in turn (default: 5)')
    parser.add_argument(
        '--threads',
        type=int,
        default=1,
        help='threads of the CPU (default: 1)')
    return parser.parse_args()


class Training:
    """A network in training, in one of the ways."""

    def __init__(self, cfg, model, way):
        self.model = copy.deepcopy(model)
        settings = dict(cfg.optim_wrapper, type=WRAPPERS[way.split(',')[0]])
        if way.endswith('channels last'):
            ChannelsLastHook().before_run(SimpleNamespace(model=self.model))
        self.optimizer = build_optim_wrapper(self.model, settings)

    def step(self, batch):
        """Train on one batch, and return the loss."""
        losses = self.model.train_step(batch, self.optimizer)
        return float(losses['loss'])


def make_batch(cfg):
    """Generate a batch of noise, two images of each identity."""
    size = cfg.train_dataloader.batch_size
    height, width = cfg.model.setdefault('input_size', (256, 128))
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(
        256, (size, 3, height, width), dtype=torch.uint8, generator=generator)
    samples = [DataSample().set_gt_label(i // 2) for i in range(size)]
    return dict(inputs=list(images), data_samples=samples)


def measure(network, rounds):
    """Time the ways in turn, so that what else runs strikes all alike.

    Returns:
        tuple[np.ndarray, Config]: Seconds of a step, of shape (rounds, ways),
        and the network's config.
    """
    name = PITCH_TABLE.format(network) if network in NETWORKS else network
    cfg = load_config(str(CONFIGS / name))
    forget_weights(cfg)
    cfg.model.head.num_classes = IDENTITIES
    init_default_scope(cfg.default_scope)
    torch.manual_seed(0)
    model = MODELS.build(
        dict(cfg.model, data_preprocessor=cfg.data_preprocessor)).train()
    if torch.cuda.is_available():
        model.cuda()
    batch = make_batch(cfg)
    trainings = [Training(cfg, model, way) for way in WAYS]
    first = [training.step(batch) for training in trainings]
    # A comparison that not-a-number fails.
    if not all(abs(loss / first[0] - 1) < .05 for loss in first):
        raise ValueError(f'{network}: the ways differ in their first losses, '
                         f'{first}.')
    seconds = np.empty((rounds, len(WAYS)))
    for training in trainings:
        training.step(batch)  # the libraries choose their kernels twice
    for i in range(rounds):
        for j, training in enumerate(trainings):
            start = time.perf_counter()
            training.step(batch)
            seconds[i, j] = time.perf_counter() - start
    return seconds, cfg


@user_errors
def main():
    args = parse_args()
    if args.rounds < 1 or args.threads < 1:
        raise ValueError('--rounds and --threads must be 1 or more.')
    torch.set_num_threads(args.threads)
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else (
        f'the CPU, {args.threads} thread(s)')
    print(
        f'a training step on {where}, torch {torch.__version__}', flush=True)
    # Not a line for each parameter.
    MMLogger.get_current_instance().setLevel(logging.ERROR)
    rows = []
    for network in args.networks:
        seconds, cfg = measure(network, args.rounds)
        ratios = np.median(seconds[:, :1] / seconds, axis=0)
        times = np.median(seconds, axis=0)
        for j, way in enumerate(WAYS):
            rows.append([
                network.split('_b')[0] if j == 0 else '',
                '{} x {}'.format(*cfg.model.input_size) if j == 0 else '',
                way, f'{cfg.train_dataloader.batch_size / times[j]:.1f}',
                f'{ratios[j]:.1f}'
            ])
    print(
        format_table(('network', 'image', 'way', 'crops/s', 'times faster'),
                     rows))


if __name__ == '__main__':
    main()
