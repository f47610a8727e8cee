"""Measure an index of the real size: ``python benchmarks/real_size.py``.

A data set with as many crops, actions and people as SoccerNet-v3 ReID's train
and valid, generated: its 294,227 pictures are hard links to those of a small
synthetic pitch, so that it takes little room. Each part is measured in a
process of its own.
"""

import argparse
import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import psutil
from evaluation import make_split
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader
from tqdm import tqdm

from snreid_mm.datasets import ActionIdentitySampler, SoccerNetReID
from snreid_mm.datasets.doctor import diagnose
from snreid_mm.datasets.split_crops import read_split
from snreid_mm.engine.hooks.cost_hook import (memory_in_use,
                                              peak_process_memory,
                                              reset_peak_memory)
from snreid_mm.evaluation import ActionRetrievalMetric
from snreid_mm.evaluation.functional import rank_within_actions
from snreid_mm.pitch import make_pitch
from snreid_mm.report import analyse, write_report
from snreid_mm.soccernet import format_file_name, load_index
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.files import whole_folder

# SoccerNet-v3 ReID, train.
CROPS, ACTIONS = 248234, 9181
IMAGES = dict(a=[1, 2, 3, 4, 5], p=[.55, .335, .085, .02, .01])
BATCH = 32


def parse_args():
    parser = argparse.ArgumentParser(
        description='Measure an index of the real size.')
    parser.add_argument(
        '--folder',
        help='where the data set is made, and kept (default: a temporary '
        'folder); it needs a file system with hard links')
    parser.add_argument(
        '--scale',
        type=float,
        default=1.,
        help='share of the actions to use (default: 1)')
    parser.add_argument(
        '--workers',
        type=int,
        default=4,
        help='workers of the data loader (default: 4)')
    parser.add_argument(
        '--parts',
        nargs='+',
        choices=list(PARTS),
        default=list(PARTS),
        help='what to measure (default: all)')
    return parser.parse_args()


def make_train(scale):
    """Generate the actions and the people of the training crops."""
    rng = np.random.default_rng(0)
    crops = round(CROPS * scale)
    people = np.repeat(
        np.arange(crops), rng.choice(size=crops, **IMAGES))[:crops]
    actions = max(1, round(ACTIONS * scale))
    action_of = np.sort(rng.integers(actions, size=people[-1] + 1))
    return {'': (action_of[people], people)}  # no folder below the split's


def make_valid(scale):
    """Generate the actions and the people of queries and gallery."""
    _, _, query, gallery = make_split(np.random.default_rng(1), scale, 16)
    return {
        # A person is seen in one action.
        name: (crops.action_idx,
               10**6 * crops.action_idx + crops.person_uid)
        for name, crops in (('query', query), ('gallery', gallery))
    }


def write_split(folder, split, subsets, pictures):
    """Write the pictures and the annotation file of a split."""
    info = {}
    for name, (actions, people) in subsets.items():
        entries = {}
        for i in tqdm(range(len(actions)), desc=name, unit='crop'):
            source, height, width = pictures[i % len(pictures)]
            action, person = int(actions[i]), int(people[i])
            entry = dict(
                bbox_idx=i,
                action_idx=action,
                person_uid=person,
                frame_idx=4 * action + (name == 'gallery'),
                clazz='Player_team_left',
                id='None',
                UAI=f'{action % 1000:03d}r001_{i:06d}',
                relative_path=f'league/season/game {action // 6}/{action}',
                height=height,
                width=width)
            entries[str(i)] = entry
            target = folder / name / entry['relative_path']
            target.mkdir(parents=True, exist_ok=True)
            (target / format_file_name(entry)).hardlink_to(source)
        info[name] = entries
    name = 'train_bbox_info.json' if split == 'train' else 'bbox_info.json'
    (folder / name).write_text(
        json.dumps(info[''] if split == 'train' else info))


def make_data(folder, scale, splits):
    """Make what is missing of the data set, and return its root."""
    root, pitch = folder / 'reid', folder / 'pitch'
    if not pitch.is_dir():
        make_pitch(str(pitch), 'tiny', seed=0)
    pictures = [
        tuple(each[key] for key in ('img_path', 'height', 'width'))
        for each in load_index(str(pitch), 'train')
    ]
    for split, make in (('train', make_train), ('valid', make_valid)):
        if split in splits and not (root / split).is_dir():
            with whole_folder(root / split) as making:
                write_split(making, split, make(scale), pictures)
    return str(root)


def own_memory(process=None):
    """Return the memory of a process that it shares with no other, in MB."""
    return (process or psutil.Process()).memory_full_info().uss / 1e6


def measure_index(root, split):
    """Read the index of a split."""
    before = own_memory()
    reset_peak_memory()
    had = memory_in_use()
    start = time.perf_counter()
    dataset = SoccerNetReID(root, split)
    seconds = time.perf_counter() - start
    peak = (peak_process_memory() - had) / 1e6
    return [(f'index of {split}, {len(dataset):,} crops', 's', seconds),
            ('memory that it keeps', 'MB', own_memory() - before),
            ('most memory meanwhile', 'MB', peak)]


def measure_workers(root, number):
    """Start workers, and load a few hundred crops by them."""
    init_default_scope('mmpretrain')
    cv2.setNumThreads(0)
    pipeline = [
        dict(type='snreid_mm.LoadCropFromFile'),
        dict(type='Resize', scale=(128, 256)),
        dict(type='PackInputs')
    ]
    dataset = SoccerNetReID(root, 'train', pipeline=pipeline)
    loader = DataLoader(
        dataset,
        BATCH,
        sampler=ActionIdentitySampler(dataset, num_instances=2, seed=0),
        num_workers=number,
        # As the configs have it; a spawned process would hand on its own way.
        multiprocessing_context='fork',
        collate_fn=list)
    start = time.perf_counter()
    batches = iter(loader)
    started = time.perf_counter() - start
    next(batches)
    first = time.perf_counter() - start
    for _ in range(20):
        next(batches)
    sizes = [own_memory(each) for each in psutil.Process().children()]
    return [(f'{number} workers started', 's', started),
            ('from there to the first batch', 's', first - started),
            ('memory of a worker that it shares with no other', 'MB',
             max(sizes))]


def measure_sampling(root):
    """Draw an epoch of batches."""
    dataset = SoccerNetReID(root, 'train')
    rows = []
    for scope in ('action', 'all'):
        start = time.perf_counter()
        sampler = ActionIdentitySampler(
            dataset, num_instances=2, scope=scope, seed=0)
        made = time.perf_counter()
        drawn = len(list(sampler))
        rows += [(f'sampler with scope={scope!r} made', 's', made - start),
                 (f'epoch of {drawn:,} images drawn', 's',
                  time.perf_counter() - made)]
    return rows


def measure_evaluation(root):
    """Hand the metric an embedding of 512 numbers for each crop."""
    dataset = SoccerNetReID(root, 'valid')
    rng = np.random.default_rng(0)
    samples = []
    for i in range(len(dataset)):
        record = dataset.get_data_info(i)
        record['embedding'] = rng.standard_normal(512, np.float32)
        record['ori_shape'] = record['height'], record['width']
        samples.append(record)
    metric = ActionRetrievalMetric()
    start = time.perf_counter()
    for i in range(0, len(samples), 64):
        metric.process(None, samples[i:i + 64])
    collected = time.perf_counter()
    metric.evaluate(len(samples))
    return [(f'{len(samples):,} embeddings collected', 's',
             collected - start),
            ('ranked and scored', 's', time.perf_counter() - collected)]


def measure_report(root):
    """Write the report of a random ranking of valid."""
    query, gallery = read_split(root, 'valid')
    rng = np.random.default_rng(0)
    rankings = rank_within_actions(
        *(rng.standard_normal((len(crops), 8), np.float32)
          for crops in (query, gallery)), query, gallery)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        reset_peak_memory()
        had = memory_in_use()
        start, began = time.perf_counter(), time.process_time()
        report = analyse(query, gallery, dict(random=rankings))
        write_report(report, Path(folder) / 'report', 'Real size')
        seconds = time.perf_counter() - start
        processor = time.process_time() - began
        peak = (peak_process_memory() - had) / 1e6
        size = sum(path.stat().st_size for path in Path(folder).rglob('*'))
    return [(f'report of {len(query):,} queries written', 's', seconds),
            ('processor time for it, of all threads', 's', processor),
            ('its size', 'MB', size / 1e6),
            ('most memory meanwhile', 'MB', peak)]


def measure_doctor(root, workers):
    """Examine every crop of train and valid."""
    reset_peak_memory()
    had = memory_in_use()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = diagnose(root, ('train', 'valid'),
                         Path(folder) / 'notes.jsonl', workers)
    seconds = time.perf_counter() - start
    peak = (peak_process_memory() - had) / 1e6
    return [(f'{sum(found.crops.values()):,} crops examined', 's', seconds),
            ('most memory meanwhile', 'MB', peak)]


# What is measured: the splits that it needs; functions, the arguments after
# the root, and 'workers' for their number.
PARTS = dict(
    index=(('train', 'valid'), [(measure_index, 'train'),
                                (measure_index, 'valid')]),
    workers=(('train', ), [(measure_workers, 'workers')]),
    sampling=(('train', ), [(measure_sampling, )]),
    evaluation=(('valid', ), [(measure_evaluation, )]),
    report=(('valid', ), [(measure_report, )]),
    doctor=(('train', 'valid'), [(measure_doctor, 'workers')]))


@user_errors
def main():
    args = parse_args()
    if not 0 < args.scale <= 1 or args.workers < 1:
        raise ValueError('--scale must be in (0, 1], --workers 1 or more.')
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(args.folder or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        parts = [PARTS[name] for name in args.parts]
        root = make_data(folder, args.scale,
                         {split for splits, _ in parts for split in splits})
        rows = []
        for function, *more in (call for _, calls in parts for call in calls):
            more = [args.workers if each == 'workers' else each
                    for each in more]
            with ProcessPoolExecutor(1, get_context('spawn')) as process:
                rows += process.submit(function, root, *more).result()
    print(
        format_table(('what', 'value', 'unit'),
                     [(what, f'{value:.2f}' if unit == 's' else
                       f'{value:.0f}', unit) for what, unit, value in rows]))


if __name__ == '__main__':
    main()
