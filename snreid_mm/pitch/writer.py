"""A synthetic data set on disk, in the layout of SoccerNet-v3 ReID.

::

    root
    ├── pitch.json                     preset, seed, settings, counts
    ├── train
    │   ├── train_bbox_info.json
    │   └── championship/season/game/action/*.png
    ├── valid, test
    │   ├── bbox_info.json
    │   ├── query/championship/season/game/action/*.png
    │   └── gallery/championship/season/game/action/*.png
    ├── challenge
    │   ├── query/*.png
    │   └── gallery/*.png
    └── keypoints
        └── train.json, valid.json, test.json      COCO person keypoints
    root_challenge_labels.json         beside the root: the secret labels

The data set is made in a folder beside the target and renamed when it is
whole, so an interrupted run leaves nothing that looks like data.
"""

import json
import os
import os.path as osp
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Iterator, List, Optional, Tuple

import cv2
from tqdm import tqdm

from snreid_mm.soccernet import SPLITS
from snreid_mm.utils.files import whole_folder
from .config import PitchConfig, resolve_config
from .pose import COCO_KEYPOINTS, COCO_SKELETON
from .records import (Numbering, Painted, PaintedAction, Record, coco_json,
                      subset_json)
from .scene import draw_action, paint_action

VERSION = 1  # raised when one seed gives other bytes than before
_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 2)


def challenge_labels_path(root: str) -> str:
    """Where the labels of the challenge split lie: beside the data root."""
    return osp.normpath(root) + '_challenge_labels.json'


def _init_worker():
    cv2.setNumThreads(1)


def _paint_match(folder: str, seed: int, split: str, indices: List[int],
                 config: PitchConfig) -> List[PaintedAction]:
    """Paint the actions of a match into ``folder``."""
    return [_paint_one(folder, seed, split, i, config) for i in indices]


def _paint_one(folder, seed, split, index, config) -> PaintedAction:
    action = draw_action(seed, split, index, config)
    crops = []
    for crop in paint_action(action, seed, split, index, config):
        path = osp.join(folder, f'{split}-{index}-{len(crops)}.png')
        if not cv2.imwrite(path, crop.image, _PNG):
            raise OSError(f'{path} could not be written: is the disk full?')
        person = action.match.people[crop.person]
        crops.append(
            Painted(path, crop.frame, crop.person, person.role, person.number,
                    crop.number_seen, *crop.image.shape[:2],
                    [[round(float(x), 2), round(float(y), 2), int(v)]
                     for x, y, v in crop.keypoints]))
    return PaintedAction(split, index, index // config.actions_per_match,
                         action.match.title, len(action.views), crops)


def _tasks(config: PitchConfig) -> Iterator[Tuple[str, List[int]]]:
    """The actions of each match, so that a worker renders a stadium once."""
    for split in SPLITS:
        total, step = config.actions(split), config.actions_per_match
        for first in range(0, total, step):
            yield split, list(range(first, min(first + step, total)))


def _paint_all(folder, seed, config, workers, progress
               ) -> List[PaintedAction]:
    tasks = list(_tasks(config))
    total = sum(len(indices) for _, indices in tasks)
    done = []
    with tqdm(total=total, unit='action', disable=not progress) as bar:
        if workers == 1:
            threads = cv2.getNumThreads()
            cv2.setNumThreads(1)
            try:
                for split, indices in tasks:
                    for index in indices:
                        done.append(
                            _paint_one(folder, seed, split, index, config))
                        bar.update()
            finally:
                cv2.setNumThreads(threads)
        else:
            # Spawned, not forked: a fork of a process whose OpenCV or torch
            # threads have run waits for them for ever.
            with ProcessPoolExecutor(
                    workers, mp_context=get_context('spawn'),
                    initializer=_init_worker) as ex:
                futures = [
                    ex.submit(_paint_match, folder, seed, split, indices,
                              config) for split, indices in tasks
                ]
                try:
                    for future in as_completed(futures):
                        actions = future.result()
                        done.extend(actions)
                        bar.update(len(actions))
                except BrokenProcessPool:
                    raise RuntimeError(
                        'a worker process ended at once: call make_pitch '
                        "under if __name__ == '__main__':, free memory, or "
                        'pass workers=1.') from None
                except BaseException:
                    for future in futures:
                        future.cancel()
                    raise
    return done


def _write_json(path: str, content) -> None:
    temporary = f'{path}.part'
    with open(temporary, 'w', encoding='utf-8') as file:
        json.dump(content, file)
    os.replace(temporary, path)


def _place_files(root: str, records: List[Record]) -> None:
    folders = {osp.dirname(r.target) for r in records}
    for folder in sorted(folders):
        os.makedirs(osp.join(root, folder), exist_ok=True)
    for record in records:
        os.replace(record.crop.path, osp.join(root, record.target))


def _count(split: str, records: List[Record]) -> dict:
    counts = dict(
        actions=len({r.entry['action_idx'] for r in records}),
        images=len(records),
        identities=len({r.entry['person_uid'] for r in records}))
    if split != 'train':
        for subset in ('query', 'gallery'):
            counts[subset] = sum(r.subset == subset for r in records)
    return counts


def make_pitch(out_dir: str,
               config='demo',
               seed: int = 0,
               workers: Optional[int] = None,
               overwrite: bool = False,
               progress: bool = True) -> dict:
    """Make a synthetic data set.

    One seed gives the same bytes whatever the number of workers.

    Args:
        out_dir (str): The data root to make.
        config (str | PitchConfig): A preset's name (``'tiny'``, ``'demo'``,
            ``'bench'``, ``'broadcast'``, ``'broadcast-small'``) or settings
            of your own. Defaults to ``'demo'``.
        seed (int): What is generated. At least 0. Defaults to 0.
        workers (Optional[int]): Processes. More than one are spawned, so a
            script that calls this must do so under
            ``if __name__ == '__main__':``. Defaults to the number of CPUs.
        overwrite (bool): Replace ``out_dir`` once the new data set is whole.
            Defaults to False.
        progress (bool): Whether to show a progress bar. Defaults to True.

    Returns:
        dict: For every split that was made: ``actions``, ``images``,
        ``identities``, and but for train ``query`` and ``gallery``.

    Raises:
        FileExistsError: If ``out_dir`` holds something and ``overwrite`` is
            False.
        ValueError: If an argument is out of its range.
        RuntimeError: If a worker process dies.
    """
    preset, config = resolve_config(config)
    workers = (os.cpu_count() or 1) if workers is None else workers
    if isinstance(workers, bool) or not isinstance(
            workers, int) or not 1 <= workers <= 256:
        raise ValueError('workers must be an integer between 1 and 256, but '
                         f'is {workers!r}.')
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError('seed must be an integer of at least 0, but is '
                         f'{seed!r}.')
    root = osp.normpath(osp.abspath(out_dir))
    _check_target(root, overwrite)
    with whole_folder(root) as making:
        counts, labels = _fill(
            str(making), preset, config, seed, workers, progress)
    _place_labels(root, labels)
    return counts


def _check_target(root: str, overwrite: bool) -> None:
    if osp.isfile(root):
        raise FileExistsError(f'{root} is a file: name a folder to make.')
    if osp.isdir(root) and os.listdir(root):
        if not overwrite:
            raise FileExistsError(
                f'{root} is not empty: name another folder, or pass '
                'overwrite=True (--overwrite) to replace it.')
        # Never remove what this module did not make.
        if not osp.isfile(osp.join(root, 'pitch.json')):
            raise FileExistsError(
                f'{root} holds no pitch.json, so it is not a synthetic data '
                'set and will not be overwritten: name another folder.')


def _fill(making, preset, config, seed, workers, progress):
    """Make the data set in the folder ``making``."""
    painted = osp.join(making, '.painted')
    os.makedirs(painted)
    actions = _paint_all(painted, seed, config, workers, progress)
    numbering = Numbering(seed, bool(config.realism.player_queries))
    counts, labels = {}, None
    for split in SPLITS:
        if not config.actions(split):
            continue
        chosen = sorted((a for a in actions if a.split == split),
                        key=lambda a: a.index)
        records = numbering.number(split, chosen)
        os.makedirs(osp.join(making, split))
        subsets = ['']
        if split != 'train':
            subsets = ['query', 'gallery']
        for subset in subsets:
            os.makedirs(osp.join(making, split, subset), exist_ok=True)
        _place_files(making, records)
        info = subset_json(split, records)
        if split == 'challenge':
            labels = info
        else:
            name = ('train_' if split == 'train' else '') + 'bbox_info.json'
            _write_json(osp.join(making, split, name), info)
            os.makedirs(osp.join(making, 'keypoints'), exist_ok=True)
            _write_json(
                osp.join(making, 'keypoints', f'{split}.json'),
                coco_json(records, COCO_KEYPOINTS, COCO_SKELETON))
        counts[split] = _count(split, records)
    os.rmdir(painted)
    _write_json(
        osp.join(making, 'pitch.json'),
        dict(
            version=VERSION,
            preset=preset,
            seed=seed,
            config=config.to_dict(),
            counts=counts))
    return counts, labels


def _place_labels(root: str, labels: Optional[dict]) -> None:
    """Write the secret labels beside the finished folder."""
    beside = challenge_labels_path(root)
    if labels is not None:
        _write_json(beside, labels)
    elif osp.isfile(beside):
        os.remove(beside)  # it would belong to the data set that was replaced
