"""A config cut down to what a CPU does in a minute, to try the way out.

Its scores mean nothing.
"""

from typing import List, Tuple

from mmengine.config import Config

from snreid_mm.soccernet import load_index
from snreid_mm.soccernet.index import select_fraction
from snreid_mm.utils.config import innermost_datasets
from .plan import train_dataset

# Crops of training (of all the data; a fraction has its share) and actions
# of validation and test.
_TRAIN_CROPS = 28
_FEWEST_CROPS = 14
_TEST_ACTIONS = 2
_BATCH_SIZE = 8
_ITERATIONS = 6
# Of the height and the width of the images. At half of 256 x 128 Inception-v4
# runs out of positions.
_SCALE = .75
_SIZE_KEYS = ('img_size', 'image_size')


def shrink(cfg: Config) -> List[str]:
    """Cut a config down.

    One epoch of a few batches, without pretrained weights, on smaller images,
    and a few actions for validation and test.

    Args:
        cfg (Config): The config; changed in place.

    Returns:
        list[str]: What was changed, for the log.
    """
    notes = forget_weights(cfg)
    notes += shrink_images(cfg)
    by_epoch = cfg.train_cfg.get('by_epoch', True)
    if by_epoch:
        cfg.train_cfg = dict(by_epoch=True, max_epochs=1, val_interval=1)
    else:
        cfg.train_cfg = dict(
            by_epoch=False, max_iters=_ITERATIONS, val_interval=_ITERATIONS)
    # What begins after a warm-up has no time to begin.
    if isinstance(cfg.get('param_scheduler'), list):
        end = 1 if by_epoch else _ITERATIONS
        cfg.param_scheduler = [
            each for each in cfg.param_scheduler if each.get('begin', 0) < end
        ]
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        loader = cfg.get(name)
        if loader is None:
            continue
        loader.num_workers = 0
        loader.persistent_workers = False
        loader.pin_memory = False
        loader.pop('prefetch_factor', None)
        loader.batch_size = min(loader.batch_size, _BATCH_SIZE)
    dataset = train_dataset(cfg)
    fraction = dataset.get('fraction', 1.)
    chosen, crops = first_crops(dataset.data_root, fraction)
    dataset.indices = chosen
    for name in ('val_dataloader', 'test_dataloader'):
        if cfg.get(name) is None:
            continue
        for dataset in innermost_datasets(cfg[name].dataset):
            dataset.indices = first_actions(dataset.data_root, dataset.split)
    notes.append(f'a short training, batches of at most {_BATCH_SIZE}, '
                 f'{len(chosen)} of the {crops} training crops of '
                 f'fraction {fraction:g}, {_TEST_ACTIONS} actions of '
                 'validation and test')
    return notes


def forget_weights(cfg: Config) -> List[str]:
    """Turn off all weights that a model would start from, and list what was
    turned off.

    A part that would then be frozen with random weights is trained instead.
    """
    notes = []
    if cfg.get('load_from'):
        notes.append(f'load_from={cfg.load_from} is left out')
        cfg.load_from = None
    _forget(cfg.model, 'model', notes)
    return notes


def _forget(node, key: str, notes: List[str]) -> None:
    if isinstance(node, (list, tuple)):
        for i, value in enumerate(node):
            _forget(value, f'{key}[{i}]', notes)
        return
    if not isinstance(node, dict):
        return
    lost = False
    init = node.get('init_cfg')
    inits = init if isinstance(init, (list, tuple)) else [init]
    kept = [
        each for each in inits
        if not (isinstance(each, dict) and each.get('type') == 'Pretrained')
    ]
    if len(kept) < len(inits):
        node['init_cfg'] = kept or None
        notes.append(f'{key}.init_cfg: random weights')
        lost = True
    for name in ('checkpoint', 'pretrained'):
        if node.get(name):
            # timm's models take a flag, the others a path or nothing.
            node[name] = False if node[name] is True and \
                name == 'pretrained' else None
            notes.append(f'{key}.{name}: random weights')
            lost = True
    if lost or node.get('type', '').endswith('MMPosePartExtractor'):
        if node.get('frozen', 'pose_estimator' in node):
            node['frozen'] = False
            notes.append(f'{key}.frozen: False, because its weights are '
                         'random')
        if node.get('frozen_stages', -1) >= 0:
            node['frozen_stages'] = -1
            notes.append(f'{key}.frozen_stages: -1')
    for name, value in node.items():
        _forget(value, f'{key}.{name}', notes)


def shrink_images(cfg: Config) -> List[str]:
    """Make the images smaller, where the model allows it, and list what was
    done."""
    fixed = [key for key in _keys(cfg.model) if key in _SIZE_KEYS]
    if fixed:
        return [f'the images keep their size, which {fixed[0]} fixes']
    resizes = [
        step for name in ('train_dataloader', 'val_dataloader',
                          'test_dataloader') if cfg.get(name) is not None
        for dataset in innermost_datasets(cfg[name].dataset)
        for step in dataset.get('pipeline', ())
        if step.get('type', '').endswith('Resize')
        and isinstance(step.get('scale'), (tuple, list))
    ]
    if not resizes:
        return ['the images keep their size']
    # The pipelines may share their steps.
    for step in {id(step): step for step in resizes}.values():
        step['scale'] = _scaled(step['scale'])
    width, height = resizes[0]['scale']
    cfg.model['input_size'] = (height, width)
    parts = cfg.model.get('part_extractor') or {}
    if parts.get('type', '').endswith('MMPosePartExtractor'):
        parts['grid'] = _scaled(parts.get('grid', (16, 8)))
    return [f'images of {height} x {width}']


def _scaled(sides) -> Tuple[int, ...]:
    return tuple(round(_SCALE * side) for side in sides)


def _keys(node):
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _keys(value)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _keys(value)


def first_crops(data_root: str, fraction: float) -> Tuple[List[int], int]:
    """Return the positions of the first training crops, of a fraction its
    share, and how many crops the data set has."""
    records = load_index(data_root, 'train', check_gaps=False)
    if fraction < 1:
        records = select_fraction(records, fraction)
    wanted = max(_FEWEST_CROPS, round(_TRAIN_CROPS * fraction))
    return list(range(min(len(records), wanted))), len(records)


def first_actions(data_root: str, split: str) -> List[int]:
    """Return the positions of the crops, queries and gallery, of the first
    actions of a split."""
    records = load_index(data_root, split, check_gaps=False)
    actions = sorted({
        record['action_idx']
        for record in records if record['subset'] == 'query'
    })[:_TEST_ACTIONS]
    return [
        i for i, record in enumerate(records)
        if record['action_idx'] in actions
    ]
