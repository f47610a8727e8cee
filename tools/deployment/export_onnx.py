"""Export a model: ``python tools/deployment/export_onnx.py CONFIG CHECKPOINT
--out model.onnx``.
"""

import argparse
import hashlib
import tempfile
from pathlib import Path

import numpy as np
import torch
from mmengine.registry import init_default_scope

from snreid_mm.deployment import (EmbeddingNetwork, ExportInfo, OnnxBackend,
                                  build_model, compare_with_model, describe,
                                  evenly_spaced, export_onnx,
                                  normalization_of, quantize_to_int8,
                                  read_resize, split_of, whole_actions,
                                  write_info)
from snreid_mm.deployment.onnx_export import EXPORTERS
from snreid_mm.utils.cli import format_table, parse_run_args, user_errors
from snreid_mm.utils.config import load_config
from snreid_mm.utils.files import write_atomically

PRECISIONS = ('float32', 'float16', 'int8')
NOISE = 64  # images
BATCH_SIZE = 32


def parse_args():
    parser = argparse.ArgumentParser(
        description='Write a model as an ONNX file that gives the embeddings '
        'of predict mode, compare it with the model, and keep it only if it '
        'does the same.')
    parser.add_argument('config', help='the config file')
    parser.add_argument('checkpoint', help='the checkpoint file')
    parser.add_argument(
        '--out', required=True, metavar='ONNX', help='the file to write')
    parser.add_argument(
        '--precision',
        choices=PRECISIONS,
        default='float32',
        help='of the weights and of what is computed; images and embeddings '
        'stay as they are (default: float32)')
    parser.add_argument(
        '--fold-preprocessing',
        action='store_true',
        help='normalize in the file, which then takes B, G, R from 0 to 255 '
        'as OpenCV reads it')
    parser.add_argument(
        '--uint8',
        action='store_true',
        help='take uint8 and not float32 (needs --fold-preprocessing)')
    parser.add_argument(
        '--batch-size',
        type=int,
        metavar='N',
        help='take N images at once and no other number (default: any)')
    parser.add_argument(
        '--exporter',
        choices=EXPORTERS,
        default='torchscript',
        help='which of PyTorch\'s exporters (default: torchscript; dynamo '
        'takes ten times as long, and cannot do float16)')
    parser.add_argument(
        '--calibration-crops',
        type=int,
        default=256,
        metavar='N',
        help='for int8, on how many crops of the training split the range of '
        'the activations is measured (default: 256)')
    parser.add_argument(
        '--check',
        choices=['valid', 'test', 'noise'],
        default='valid',
        help='compare on crops of this split, or without data on noise '
        '(default: valid)')
    parser.add_argument(
        '--actions',
        type=int,
        default=50,
        metavar='N',
        help='compare on N actions of the split, spread over all of it '
        '(default: 50)')
    return parse_run_args(parser)


def check_arguments(args):
    """Refuse what would be noticed only at the end."""
    if Path(args.out).suffix != '.onnx':
        raise ValueError(f'--out {args.out} must end in .onnx.')
    for name in ('batch_size', 'calibration_crops', 'actions'):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise ValueError(f'--{name.replace("_", "-")} must be 1 or more, '
                             f'but is {value}.')
    if args.uint8 and not args.fold_preprocessing:
        raise ValueError('--uint8 needs --fold-preprocessing: normalized '
                         'images are no integers.')
    if args.precision == 'int8' and args.check == 'noise':
        raise ValueError('--precision int8 is calibrated on crops, so that '
                         'noise says nothing of it: give --check valid or '
                         'test.')


def make_info(args, cfg, network):
    """Gather what the file is to say about itself."""
    height, width, interpolation, library = read_resize(
        cfg.test_dataloader.dataset.pipeline)
    model = network.model
    mean, std, to_rgb = normalization_of(model)
    return ExportInfo(
        height=height,
        width=width,
        interpolation=interpolation,
        resize_backend=library,
        mean=mean,
        std=std,
        to_rgb=to_rgb,
        folded=args.fold_preprocessing,
        input_type='uint8' if args.uint8 else 'float32',
        embedding_dim=model.embedding_dim,
        unit_length=network.has_unit_length((height, width)),
        flip_test=model.flip_test,
        model=describe(model),
        config=Path(args.config).name,
        checkpoint=Path(args.checkpoint).name,
        checkpoint_sha256=hashlib.sha256(
            Path(args.checkpoint).read_bytes()).hexdigest(),
        precision=args.precision)


def calibration_batches(args, info, crops):
    """Give the training crops as the file takes them; of a file of one size
    only whole batches."""
    size = args.batch_size or BATCH_SIZE
    for begin in range(0, len(crops), size):
        images = [
            crops[i]['inputs'].numpy()
            for i in range(begin, min(begin + size, len(crops)))
        ]
        if args.batch_size is None or len(images) == size:
            yield info.prepare(np.stack(images))


def export(args, network, info, crops, folder):
    """Write the file into a folder, and return its path."""
    path = folder / 'exported.onnx'
    export_onnx(
        network,
        path, (info.height, info.width),
        batch_size=args.batch_size,
        uint8=args.uint8,
        half=args.precision == 'float16',
        exporter=args.exporter)
    if args.precision == 'int8':
        source, path = path, folder / 'int8.onnx'
        quantize_to_int8(source, path, calibration_batches(args, info, crops))
    path.write_bytes(write_info(path, info))
    return path


def crops_to_check(args, cfg, info):
    """Gather what the file and the model are compared on."""
    if args.check != 'noise':
        return whole_actions(split_of(cfg, args.check), args.actions)
    images = torch.randint(
        256, (NOISE, 3, info.height, info.width),
        dtype=torch.uint8,
        generator=torch.Generator().manual_seed(0))
    return [dict(inputs=image) for image in images]


def show(args, comparison, size):
    """Print what the file does beside the model."""
    print(f'{comparison.crops} '
          f'{"noise images" if args.check == "noise" else "crops"}'
          f'{"" if args.check == "noise" else f" of {args.check}"}: cosine '
          'distance of the embeddings to those of PyTorch in float32 at most '
          f'{comparison.max_distance:.1e}, in the mean '
          f'{comparison.mean_distance:.1e}; {size / 1e6:.1f} MB')
    if comparison.scores is not None:
        names = 'PyTorch, float32', f'ONNX, {args.precision}', 'chance'
        scores = *comparison.scores, comparison.chance
        print(
            format_table(['per cent', 'mAP', 'rank-1'],
                         [[name, each['mAP'], each['rank-1']]
                          for name, each in zip(names, scores)]))


def remedy(args):
    """Say what may help where a file does not do what the model does."""
    if args.precision == 'int8':
        return ('calibrate on more crops, with --calibration-crops, or '
                'export in float16')
    if args.precision == 'float16':
        return 'export in float32'
    other, = set(EXPORTERS) - {args.exporter}
    return f'try --exporter {other}'


@user_errors
def main():
    args = parse_args()
    check_arguments(args)
    cfg = load_config(args.config, args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    network = EmbeddingNetwork(
        build_model(cfg, args.checkpoint), args.fold_preprocessing)
    info = make_info(args, cfg, network)
    # Missing data must not be noticed after the export.
    samples = crops_to_check(args, cfg, info)
    crops = evenly_spaced(
        split_of(cfg, 'train'),
        args.calibration_crops) if args.precision == 'int8' else None
    if args.batch_size and crops is not None and len(crops) < args.batch_size:
        raise ValueError(f'{len(crops)} crops to calibrate on are no batch of '
                         f'{args.batch_size}: raise --calibration-crops.')
    with tempfile.TemporaryDirectory() as folder:
        path = export(args, network, info, crops, Path(folder))
        comparison = compare_with_model(
            OnnxBackend(path), network.model, samples, BATCH_SIZE,
            args.check != 'noise')
        show(args, comparison, path.stat().st_size)
        fault = comparison.fault(args.precision == 'float32')
        if fault:
            raise ValueError(f'{args.out} is not written, because {fault}: '
                             f'{remedy(args)}.')
        write_atomically(args.out, path.read_bytes())
    print(f'Written: {args.out}')


if __name__ == '__main__':
    main()
