"""Time compact bilinear pooling beside the Fourier form of the paper:
``python benchmarks/bilinear_pooling.py``.

The references are written from `Compact Bilinear Pooling
<https://arxiv.org/abs/1511.06062>`_: at each position two count sketches,
their spectra, the product, and the way back. The sketches are products with
a dense matrix of -1, 0 and 1, which on CPUs is faster than index_add, and the
transforms are the real ones, which are twice as fast as the complex. The
first reference goes back at each position and sums then, as the paper has
it; the second one sums the spectra and goes back once.
"""

import argparse
import time

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from snreid_mm.models import CompactBilinearPooling
from snreid_mm.utils.cli import format_table, user_errors

# Batch, channels of the two maps, height, width, length of the embedding,
# and how many times faster than the first reference it is to be.
SHAPES = (
    (32, 128, 128, 16, 8, 512, 10),
    (32, 2048, 128, 16, 8, 512, 2),
    (8, 512, 512, 14, 14, 8000, 30),
)
BLOCK = .1  # seconds


def parse_args():
    parser = argparse.ArgumentParser(
        description='Time compact bilinear pooling, forward and backward, '
        'beside the Fourier form.')
    parser.add_argument(
        '--rounds',
        type=int,
        default=5,
        help='how often each is timed, in turn (default: 5)')
    parser.add_argument(
        '--threads',
        type=int,
        default=2,
        help='threads of the CPU; take 1 where other programs run too '
        '(default: 2)')
    return parser.parse_args()


class Fourier:
    """Tensor Sketch in the Fourier domain, with a neck's own hashes."""

    def __init__(self, neck, sum_spectra):
        self.buckets = neck.out_channels
        self.sum_spectra = sum_spectra
        self.matrices = []  # (C, D)
        for name in ('appearance', 'part'):
            hashes = getattr(neck, f'{name}_hash')
            matrix = torch.zeros(len(hashes), self.buckets)
            rows = torch.arange(len(hashes))
            matrix[rows, hashes] = getattr(neck, f'{name}_sign').float()
            self.matrices.append(matrix)

    def __call__(self, maps):
        spectra = [
            torch.fft.rfft(x.flatten(2).transpose(1, 2) @ matrix)
            for x, matrix in zip(maps, self.matrices)
        ]
        product = spectra[0] * spectra[1]  # (N, L, D / 2 + 1)
        if self.sum_spectra:
            return torch.fft.irfft(product.sum(1), n=self.buckets)
        return torch.fft.irfft(product, n=self.buckets).sum(1)


def step(function, maps, grad):
    """Run forward and backward once."""
    return torch.autograd.grad(function(maps), maps, grad)


def measure_times(functions, maps, grad, rounds):
    """Time functions in turn, each in a block of calls of about 0.1 s.

    In turn, so that what else runs on the machine strikes all alike; in
    blocks, so that none is timed with what another left in the caches.

    Returns:
        np.ndarray: Seconds of a call, of shape (rounds, functions).
    """
    calls = []
    for function in functions:
        step(function, maps, grad)  # warm up
        start = time.perf_counter()
        step(function, maps, grad)
        calls.append(max(1, round(BLOCK / (time.perf_counter() - start))))
    seconds = np.empty((rounds, len(functions)))
    for i in range(rounds):
        for j, function in enumerate(functions):
            start = time.perf_counter()
            for _ in range(calls[j]):
                step(function, maps, grad)
            seconds[i, j] = (time.perf_counter() - start) / calls[j]
    return seconds


def measure_memory(function, maps, grad):
    """Follow PyTorch's allocator through a step.

    Returns:
        float: The most memory held beyond what was held before, in MB. The
        two gradients that a step returns are in it.
    """
    with profile(
            activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        step(function, maps, grad)
    events = [
        event for event in record.profiler.kineto_results.events()
        if event.name() == '[memory]'
    ]
    events.sort(key=lambda event: event.start_ns())
    held = np.cumsum([event.nbytes() for event in events])
    return held.max() / 1e6


def check(functions, maps, grad):
    """Raise if the functions differ, in value or in gradient."""
    results = [[function(maps).detach(), *step(function, maps, grad)]
               for function in functions]
    for result in results[1:]:
        for ours, theirs in zip(results[0], result):
            error = float((ours - theirs).norm() / theirs.norm())
            if error > 1e-5:
                raise ValueError(f'The ways differ by {error:.1e}.')


@user_errors
def main():
    args = parse_args()
    if args.rounds < 1 or args.threads < 1:
        raise ValueError('--rounds and --threads must be 1 or more.')
    torch.set_num_threads(args.threads)
    print(f'forward and backward, float32, {args.threads} threads, torch '
          f'{torch.__version__}', flush=True)
    rows = []
    for batch, c1, c2, height, width, length, goal in SHAPES:
        torch.manual_seed(0)
        maps = [
            torch.randn(batch, c, height, width, requires_grad=True)
            for c in (c1, c2)
        ]
        grad = torch.randn(batch, length)
        neck = CompactBilinearPooling((c1, c2), length, normalize=False)
        named = {
            'ours': lambda maps, neck=neck: neck(maps)[-1],
            'Fourier, each position': Fourier(neck, sum_spectra=False),
            'Fourier, spectra summed': Fourier(neck, sum_spectra=True),
        }
        functions = list(named.values())
        check(functions, maps, grad)
        seconds = measure_times(functions, maps, grad, args.rounds)
        memory = [measure_memory(f, maps, grad) for f in functions]
        shape = f'{batch} x ({c1}, {c2}) x {height} x {width} -> {length}'
        for i, name in enumerate(named):
            # Of each round, so that a busy moment strikes both sides.
            ratio = np.median(seconds[:, i] / seconds[:, 0])
            rows.append(
                (shape if i == 0 else '', name,
                 f'{1e3 * np.median(seconds[:, i]):.1f}', f'{memory[i]:.1f}',
                 f'{ratio:.1f}', f'{memory[i] / memory[0]:.1f}',
                 f'{goal} or more' if i == 1 else ''))
    print(
        format_table(('maps', 'way', 'ms', 'extra MB', 'times slower',
                      'times the MB', 'goal (slower)'), rows))


if __name__ == '__main__':
    main()
