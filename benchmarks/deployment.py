"""Time what computes embeddings: ``python benchmarks/deployment.py``.

PyTorch as it is, compiled, with the channels last and in bfloat16, beside the
exported file in float32 and int8 under ONNX Runtime. The networks are those
of the configs with random weights; the crops are noise. All ways take turns,
and count as ratios to PyTorch as it is in the same round, so that what else
runs on the machine strikes all alike.
"""

import argparse
import copy
import logging
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

from snreid_mm.deployment import (EmbeddingNetwork, ExportInfo, OnnxBackend,
                                  describe, export_onnx, normalization_of,
                                  quantize_to_int8, read_resize, write_info)
from snreid_mm.registry import MODELS
from snreid_mm.results.quick import forget_weights
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.config import load_config

CONFIGS = Path(__file__).parents[1] / 'configs'
NETWORKS = {
    'resnet50-fc512':
    'baselines/resnet50-fc512_b128-60e_soccernet-10pct_256x128.py',
    'two-stream':
    'bilinear/two-stream-compact_b128-60e_soccernet-10pct_256x128.py',
}
WAYS = ('PyTorch', 'channels last', 'bfloat16', 'torch.compile',
        'ONNX Runtime, float32', 'ONNX Runtime, int8')
# The largest cosine distance to PyTorch as it is: rounding, and what noise
# and random weights leave of coarse numbers.
CLOSE = {'bfloat16': .05, 'ONNX Runtime, int8': .2}


def parse_args():
    parser = argparse.ArgumentParser(
        description='Time what computes embeddings.')
    parser.add_argument(
        '--networks',
        nargs='+',
        choices=list(NETWORKS),
        default=list(NETWORKS),
        help='which of the networks (default: all)')
    parser.add_argument(
        '--ways',
        nargs='+',
        choices=WAYS[1:],
        default=WAYS[1:],
        metavar='WAY',
        help=f'which ways beside PyTorch: {", ".join(WAYS[1:])} '
        '(default: all)')
    parser.add_argument(
        '--batch-size', type=int, default=16, help='crops (default: 16)')
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


def build(network):
    """Build a network with random weights; give it and the images' size."""
    cfg = load_config(str(CONFIGS / NETWORKS[network]))
    forget_weights(cfg)
    init_default_scope(cfg.default_scope)
    torch.manual_seed(0)
    model = MODELS.build({
        'data_preprocessor': cfg.data_preprocessor,
        **cfg.model, 'head': None
    }).eval()
    return model, read_resize(cfg.test_dataloader.dataset.pipeline)


def make_file(model, resize, images, way, folder, threads):
    """Export a network, and give what runs the file."""
    mean, std, to_rgb = normalization_of(model)
    height, width, interpolation, library = resize
    info = ExportInfo(height, width, interpolation, library, mean, std, to_rgb,
                      False, 'float32', model.embedding_dim, False, False,
                      describe(model), '', '', '')
    path = folder / 'float32.onnx'
    export_onnx(EmbeddingNetwork(model), path, (height, width))
    if way.endswith('int8'):
        source, path = path, folder / 'int8.onnx'
        quantize_to_int8(source, path, [info.prepare(images.numpy())])
    path.write_bytes(write_info(path, info))
    backend = OnnxBackend(path, batch_size=len(images), threads=threads)
    # Without the normalization, which PyTorch's ways leave out as well.
    inputs = info.prepare(images.numpy())
    return lambda: torch.from_numpy(backend.run(inputs))


def make_way(way, model, resize, images, folder, threads):
    """Give the function that computes the embeddings in one of the ways."""
    if way.startswith('ONNX'):
        return make_file(model, resize, images, way, folder, threads)
    inputs = model.data_preprocessor(dict(inputs=images))['inputs']
    network = EmbeddingNetwork(copy.deepcopy(model))
    if way in ('channels last', 'bfloat16'):
        network = network.to(memory_format=torch.channels_last)
        inputs = inputs.to(memory_format=torch.channels_last)
    if way == 'torch.compile':
        network = torch.compile(network)

    def run():
        with torch.no_grad(), torch.autocast(
                'cpu', dtype=torch.bfloat16, enabled=way == 'bfloat16'):
            return network(inputs)

    return run


def check(way, embeddings, expected):
    """Refuse to time what computes something else."""
    distance = 1 - torch.cosine_similarity(
        embeddings.double(), expected.double()).min()
    # A comparison that not-a-number fails.
    if not distance < CLOSE.get(way, 1e-4):
        raise ValueError(f'{way}: the embeddings differ from PyTorch\'s by a '
                         f'cosine distance of {distance:.2g}.')


def measure(network, args, folder):
    """Time the ways in turn.

    Returns:
        np.ndarray: Seconds, of shape (rounds, ways).
    """
    model, resize = build(network)
    images = torch.randint(
        256, (args.batch_size, 3, *resize[:2]),
        dtype=torch.uint8,
        generator=torch.Generator().manual_seed(0))
    ways = (WAYS[0], *args.ways)
    functions = [
        make_way(way, model, resize, images, folder, args.threads)
        for way in ways
    ]
    # The libraries choose their kernels, and compile.
    first = [function() for function in functions]
    for way, embeddings in zip(ways, first):
        check(way, embeddings, first[0])
    seconds = np.empty((args.rounds, len(ways)))
    for i in range(args.rounds):
        for j, function in enumerate(functions):
            start = time.perf_counter()
            function()
            seconds[i, j] = time.perf_counter() - start
    return seconds


@user_errors
def main():
    args = parse_args()
    if min(args.batch_size, args.rounds, args.threads) < 1:
        raise ValueError('--batch-size, --rounds and --threads must be 1 or '
                         'more.')
    torch.set_num_threads(args.threads)
    MMLogger.get_current_instance().setLevel(logging.ERROR)
    print(
        f'{args.batch_size} crops of 256 x 128, median of {args.rounds} '
        f'rounds, {args.threads} thread(s) of the CPU, torch '
        f'{torch.__version__}',
        flush=True)
    rows = []
    for network in args.networks:
        with tempfile.TemporaryDirectory() as folder:
            seconds = measure(network, args, Path(folder))
        ratios = np.median(seconds[:, :1] / seconds, axis=0)
        speeds = args.batch_size / np.median(seconds, axis=0)
        for j, way in enumerate((WAYS[0], *args.ways)):
            rows.append([
                network if j == 0 else '', way, f'{speeds[j]:.1f}',
                f'{ratios[j]:.2f}'
            ])
    print(format_table(('network', 'way', 'crops/s', 'times faster'), rows))


if __name__ == '__main__':
    main()
