"""Time the loading of crops beside bare OpenCV:
``python benchmarks/loading.py``.

One process, one thread, so what is counted is crops a second per core. The
reference reads each file with ``cv2.imread`` and resizes it with
``cv2.resize``, unchecked. The shard holds the same PNG files one behind the
other in a single file, behind a file backend of MMEngine, which is what a
packed format would bring. Then comes the training of the entries,
with each of the libraries that MMPretrain's colour jitter can use, and what
the classifier of the own frame reads, which takes all cores.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from mmcv.transforms import Compose
from mmengine.fileio import BaseStorageBackend, register_backend
from mmengine.registry import init_default_scope

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.evaluation.metrics.matching_files import read_cues
from snreid_mm.pitch import make_pitch
from snreid_mm.registry import TRANSFORMS
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.config import load_config

SIZE = (128, 256)  # width, height
RESIZE = dict(type='Resize', scale=SIZE)
REFERENCE = 'cv2.imread, resize'
STRONG = Path(__file__).parents[1] / (
    'configs/strong/strong-resnet50_b128-60e_soccernet-full_256x128.py')


def parse_args():
    parser = argparse.ArgumentParser(
        description='Time the loading of crops beside bare OpenCV.')
    parser.add_argument(
        '--data-root',
        help='a data set, of which the training crops are loaded (default: a '
        'small synthetic pitch, made for the purpose)')
    parser.add_argument(
        '--crops',
        type=int,
        default=1000,
        help='how many crops at most (default: 1000)')
    parser.add_argument(
        '--rounds',
        type=int,
        default=5,
        help='how often each way loads all of them, in turn (default: 5)')
    parser.add_argument(
        '--cold',
        action='store_true',
        help='drop the files from the cache of the disk before each round')
    return parser.parse_args()


@register_backend('shard')
class ShardBackend(BaseStorageBackend):
    """Many files in one, read by their former paths.

    Args:
        path (str): The one file. Beside it lies ``PATH.json``, where each
            file begins and ends in it.
    """

    def __init__(self, path):
        # Not mapped: what is mapped cannot be dropped from the cache.
        self.file = os.open(path, os.O_RDONLY)
        self.places = json.loads(Path(f'{path}.json').read_text())

    def get(self, filepath):
        begin, end = self.places[filepath]
        return os.pread(self.file, end - begin, begin)

    def get_text(self, filepath, encoding='utf-8'):
        return self.get(filepath).decode(encoding)


def write_shard(path, names):
    """Write files one behind the other.

    Between two lies as much as ten others: in a shard of a whole data set a
    batch is read here and there.
    """
    places = {}
    with open(path, 'wb') as shard:
        for name in sorted(names):
            data = Path(name).read_bytes()
            begin = shard.tell()
            places[name] = begin, begin + shard.write(data)
            shard.write(10 * data)
    Path(f'{path}.json').write_text(json.dumps(places))


def strong_pipeline(backend):
    """The training pipeline of configs/strong, with a library for its
    colours."""
    cfg = load_config(str(STRONG))
    steps = cfg.train_dataloader.dataset.pipeline
    jitter, = (step for step in steps if step.type == 'ColorJitter')
    jitter.backend = backend
    return steps


def read_bare(records):
    for record in records:
        cv2.resize(cv2.imread(record['img_path']), SIZE)


def make_ways(root, folder, crops):
    """Make the ways to load some crops, by name, and list what files these
    read."""
    dataset = SoccerNetReID(root, 'train')
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(dataset))[:crops].tolist()
    records = [dataset.get_data_info(i) for i in chosen]
    paths = [record['img_path'] for record in records]
    shard = str(folder / 'shard')
    write_shard(shard, paths)

    def pipeline(*steps):
        return Compose([TRANSFORMS.build(dict(step)) for step in steps])

    load = dict(type='snreid_mm.LoadCropFromFile')
    ours = pipeline(load, RESIZE)
    with_cues = pipeline(dict(load, frame_cues=True), RESIZE)
    packed = pipeline(
        dict(load, backend_args=dict(backend='shard', path=shard)), RESIZE)
    whole, by_opencv, by_pillow = (
        SoccerNetReID(root, 'train', pipeline=steps)
        for steps in ([load, RESIZE, dict(type='PackInputs')],
                      strong_pipeline('cv2'), strong_pipeline('pillow')))

    def run(steps):
        for record in records:
            steps(record.copy())

    def run_dataset(dataset):
        for i in chosen:
            dataset[i]

    return {
        REFERENCE: lambda: read_bare(records),
        'LoadCropFromFile, Resize': lambda: run(ours),
        'the same, with frame_cues': lambda: run(with_cues),
        'LoadCropFromFile, Resize, from a shard': lambda: run(packed),
        'the data set, with PackInputs': lambda: run_dataset(whole),
        'entries, jitter by OpenCV': lambda: run_dataset(by_opencv),
        'the same, jitter by Pillow': lambda: run_dataset(by_pillow),
        'cues of the own frame, all cores': lambda: read_cues(paths),
    }, paths + [shard]


def forget(paths):
    """Drop files from the cache of the disk."""
    for path in paths:
        with open(path, 'rb') as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@user_errors
def main():
    args = parse_args()
    if args.crops < 1 or args.rounds < 1:
        raise ValueError('--crops and --rounds must be 1 or more.')
    cv2.setNumThreads(0)
    init_default_scope('mmpretrain')
    with tempfile.TemporaryDirectory() as folder:
        root = args.data_root
        if root is None:
            root = str(Path(folder) / 'pitch')
            make_pitch(root, 'demo', seed=0)
        ways, paths = make_ways(root, Path(folder), args.crops)
        os.sync()  # what is not on the disk yet cannot be dropped
        seconds = np.empty((args.rounds, len(ways)))
        for way in ways.values():
            way()  # the cache of the disk is warm
        for i in range(args.rounds):
            for j, way in enumerate(ways.values()):
                if args.cold:
                    forget(paths)
                start = time.perf_counter()
                way()
                seconds[i, j] = time.perf_counter() - start
    number = len(paths) - 1
    print(f'{number} crops, one thread but for the cues, '
          f'{"cold" if args.cold else "warm"} cache', flush=True)
    ratios = np.median(seconds[:, :1] / seconds, axis=0)
    times = np.median(seconds, axis=0)
    print(
        format_table(
            ('way', 'crops/s', 'of OpenCV alone'),
            [(name, f'{number / times[j]:.0f}', f'{ratios[j]:.2f}')
             for j, name in enumerate(ways)]))


if __name__ == '__main__':
    main()
