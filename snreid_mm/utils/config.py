"""What the tools do to a config between reading it and building a runner."""

import difflib
import os.path as osp
from typing import Iterator, Optional

import torch
from mmengine.config import Config

from snreid_mm.registry import (DATA_SAMPLERS, DATASETS, HOOKS, METRICS,
                                MODELS, OPTIM_WRAPPERS, TRANSFORMS)

# The top-level keys that `Runner.from_cfg` or a tool of ours reads. Anything
# else in a config file is a variable of that file: by the time an option
# could change it, its value has been copied to where it is used.
RUNNER_KEYS = (
    'activation_checkpointing', 'auto_scale_lr', 'compile', 'custom_hooks',
    'custom_imports', 'data_preprocessor', 'default_hooks', 'default_scope',
    'detect_anomalous_params', 'efficient_conv_bn_eval', 'env_cfg',
    'experiment_name', 'find_unused_parameters', 'launcher', 'load_from',
    'log_level', 'log_processor', 'model', 'model_wrapper_cfg',
    'optim_wrapper', 'param_scheduler', 'randomness', 'resume', 'runner_type',
    'strategy', 'sync_bn', 'test_cfg', 'test_dataloader', 'test_evaluator',
    'train_cfg', 'train_dataloader', 'val_cfg', 'val_dataloader',
    'val_evaluator', 'visualizer', 'work_dir')

# Those that FlexibleRunner does not read.
_RUNNERS_OWN = ('activation_checkpointing', 'compile',
                'efficient_conv_bn_eval', 'find_unused_parameters',
                'model_wrapper_cfg', 'sync_bn')

# The keys that are read one by one, where a misspelt one would be ignored.
# The rest are passed on whole, and whoever gets them refuses what is unknown.
_SUBKEYS = dict(
    auto_scale_lr=('base_batch_size', 'enable'),
    env_cfg=('cudnn_benchmark', 'dist_cfg', 'mp_cfg', 'resource_limit'))

# Where an option is a number that MMEngine or PyTorch computes with.
_NUMBERS = ('optim_wrapper.optimizer.', 'train_cfg.', 'randomness.')

_MISSING = object()


def load_config(path: str,
                options: Optional[dict] = None,
                work_dir: Optional[str] = None,
                launcher: str = 'none',
                decided: Optional[dict] = None) -> Config:
    """Read a config file and put a tool's arguments into it.

    Args:
        path (str): The config file.
        options (dict, optional): Dotted keys and values, as
            ``--cfg-options`` gives them.
        work_dir (str, optional): Where logs and checkpoints go. Defaults to
            the config's own ``work_dir``, else to
            ``work_dirs/<name of the config file>``.
        launcher (str): ``none``, ``pytorch``, ``slurm`` or ``mpi``.
        decided (dict, optional): Keys that another argument of the tool
            decides, and the name of that argument.

    Returns:
        Config: The merged config.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If an option would have no effect; see
            :func:`apply_options`.
    """
    if not osp.isfile(path):
        raise FileNotFoundError(f'There is no config file {path!r}.')
    cfg = Config.fromfile(path)
    if work_dir is not None:
        cfg.work_dir = work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = osp.join('work_dirs',
                                osp.splitext(osp.basename(path))[0])
    cfg.launcher = launcher
    for key in options or {}:
        if key in (decided or {}):
            raise ValueError(f'The option {key!r} would do nothing: '
                             f'{decided[key]} decides it. Leave one of the '
                             'two out.')
    apply_options(cfg, options or {})
    _check_prefixes(cfg)
    _check_schedule(cfg)
    _check_runner(cfg)
    return cfg


def apply_options(cfg: Config, options: dict) -> None:
    """Merge ``--cfg-options``, and refuse those that would do nothing.

    ``data_root`` is the one variable that may be given: it reaches every
    data set that has the config's ``data_root``.

    Args:
        cfg (Config): The config; changed in place.
        options (dict): Dotted keys and their values.

    Raises:
        ValueError: If the first part of a key is not read by the runner: a
            misspelt key, or a variable whose value has already been used; or
            if a key goes through a list without saying which of it, or into
            a tuple or another value that has no parts.
    """
    options = dict(options)
    if 'data_root' in options:
        old, new = cfg.get('data_root'), options.pop('data_root')
        if old is None:
            raise ValueError(
                'The config sets no data_root, so the option data_root would '
                'do nothing: give train_dataloader.dataset.data_root and its '
                'like instead.')
        _replace_value(cfg, 'data_root', old, new)
    for key in options:
        name = key.split('.')[0]
        if name in RUNNER_KEYS:
            _check_subkey(key)
            _check_lists(cfg, key)
            _check_number(cfg, key, options[key])
            continue
        if name in cfg:
            places = ' or '.join(_places(cfg, cfg[name]))
            raise ValueError(
                f'The option {key!r} would do nothing: {name!r} is a variable '
                'of the config file whose value has already been copied to '
                f'where it is used{places and f"; name that place: {places}"}.'
            )
        close = difflib.get_close_matches(name, RUNNER_KEYS, n=1)
        raise ValueError(f'The option {key!r} would do nothing: no such key '
                         'is read' +
                         (f'; did you mean {close[0]!r}?' if close else '.'))
    cfg.merge_from_dict(options)


def _check_subkey(key: str) -> None:
    name, *rest = key.split('.')
    allowed = _SUBKEYS.get(name)
    if rest and allowed and rest[0] not in allowed:
        raise ValueError(f'The option {key!r} would do nothing: {name} has '
                         f'only {", ".join(allowed)}.')


def _check_lists(cfg: Config, key: str) -> None:
    """Refuse a key that goes into what has no such part."""
    node, path = cfg, []
    for name in key.split('.'):
        owner, path = '.'.join(path), [*path, name]
        if isinstance(node, list):
            if not (name.isdigit() and int(name) < len(node)):
                types = [
                    each.get('type') if isinstance(each, dict) else each
                    for each in node
                ]
                raise ValueError(
                    f'The option {key!r} does not say which: {owner} is a '
                    f'list of {len(node)} ({", ".join(map(str, types))}); '
                    f'write a place of it, counted from 0, after {owner}.')
            node = node[int(name)]
            continue
        is_dict = isinstance(node, (dict, Config))
        # In a dict, MMEngine would make a key '0'.
        if name.isdigit() and name not in node if is_dict else \
                node is not _MISSING or name.isdigit():
            what = 'a dict' if is_dict else \
                'not set' if node is _MISSING else repr(node)
            raise ValueError(
                f'The option {key!r} names a part of {owner or "the config"}, '
                f'which is {what} and has no part {name!r}: write the whole '
                f'value of {owner}.')
        node = node.get(name, _MISSING) if is_dict else _MISSING


def _check_number(cfg: Config, key: str, value) -> None:
    """Refuse a word where the optimizer or the loop computes with a number,
    because they would not name the key."""
    if not key.startswith(_NUMBERS) or not isinstance(value, str):
        return
    old = flatten_config(cfg.to_dict()).get(key)
    if isinstance(old, (int, float)) and not isinstance(old, bool):
        raise ValueError(f'The option {key}={value!r} must be a number, such '
                         f'as the {old} of the config.')


def _check_prefixes(cfg: Config) -> None:
    """Refuse a type of ours that is written without its scope."""
    if cfg.get('default_scope') == 'snreid_mm':
        return
    for key, value in flatten_config(cfg.to_dict()).items():
        if key.split('.')[-1] != 'type' or not isinstance(value, str):
            continue
        for registry in (DATASETS, DATA_SAMPLERS, HOOKS, METRICS, MODELS,
                         OPTIM_WRAPPERS, TRANSFORMS):
            if '.' not in value and registry.get(f'snreid_mm.{value}') \
                    and registry.parent.get(value) is None \
                    and registry.get(f'mmpose.{value}') is None:
                raise ValueError(f'{key} is {value!r}, which snreid_mm has: '
                                 f'write {f"snreid_mm.{value}"!r}.')


def _check_schedule(cfg: Config) -> None:
    """Refuse a training that ends before its schedule has begun, because
    MMEngine would not name the key."""
    train_cfg = cfg.get('train_cfg') or {}
    by_epoch = train_cfg.get('by_epoch', True)
    length = 'max_epochs' if by_epoch else 'max_iters'
    schedulers = cfg.get('param_scheduler') or []
    for i, each in enumerate(
            schedulers if isinstance(schedulers, list) else []):
        begin = each.get('begin', 0)
        if length in train_cfg and each.get('by_epoch', True) == by_epoch \
                and 'end' not in each and begin >= train_cfg[length]:
            raise ValueError(
                f'train_cfg.{length}={train_cfg[length]} leaves nothing for '
                f'{each["type"]}, which begins at {begin} '
                f'(param_scheduler.{i}.begin): train longer, or without a '
                'schedule, with param_scheduler=None.')


def _check_runner(cfg: Config) -> None:
    """Refuse what the other of MMEngine's two runners reads."""
    is_flexible = cfg.get('runner_type') is not None
    for key in _RUNNERS_OWN if is_flexible else ('strategy', ):
        if cfg.get(key):
            raise ValueError(
                f'{key} does nothing with runner_type={cfg.runner_type!r}: '
                'leave it out, or write it into the strategy.' if is_flexible
                else f'{key} does nothing without runner_type='
                '\'FlexibleRunner\': write both, or neither.')


def _places(node, value, path: str = '') -> Iterator[str]:
    """Find the dotted keys that hold a value, but not inside each other."""
    items = enumerate(node) if isinstance(node, (list, tuple)) \
        else node.items() if isinstance(node, (dict, Config)) else ()
    for key, inner in items:
        where = f'{path}.{key}' if path else str(key)
        if not path and key not in RUNNER_KEYS:
            continue
        if inner == value:
            yield where
        else:
            yield from _places(inner, value, where)


def _replace_value(node, key: str, old, new) -> None:
    """Replace ``old`` by ``new`` wherever ``key`` holds it, at any depth."""
    if isinstance(node, (dict, Config)):
        for name, value in node.items():
            if name == key and value == old:
                node[name] = new
            else:
                _replace_value(value, key, old, new)
    elif isinstance(node, (list, tuple)):
        for value in node:
            _replace_value(value, key, old, new)


def flatten_config(value, prefix: str = '') -> dict:
    """Map dotted keys to the leaves of nested dicts, lists and tuples; empty
    ones are leaves too."""
    if isinstance(value, dict) and value:
        items = value.items()
    elif isinstance(value, (list, tuple)) and value:
        items = enumerate(value)
    else:
        return {prefix: value}
    leaves = {}
    for key, item in items:
        leaves.update(
            flatten_config(item, f'{prefix}.{key}' if prefix else str(key)))
    return leaves


def innermost_datasets(dataset: dict) -> Iterator[dict]:
    """Yield the configs of the data sets inside those that wrap or join
    others."""
    if 'dataset' in dataset:
        yield from innermost_datasets(dataset['dataset'])
    elif 'datasets' in dataset:
        for each in dataset['datasets']:
            yield from innermost_datasets(each)
    else:
        yield dataset


def _is_bfloat16(wrapper_type) -> bool:
    if isinstance(wrapper_type, str):
        wrapper_type = OPTIM_WRAPPERS.get(wrapper_type)
    return isinstance(wrapper_type, type) and issubclass(
        wrapper_type, OPTIM_WRAPPERS.get('Bfloat16OptimWrapper'))


def enable_amp(cfg: Config, training: bool) -> None:
    """Turn on mixed precision, for training or for a test, where there is a
    GPU.

    MMEngine's ``AmpOptimWrapper`` refuses to run without one; on a machine
    without, the run goes on in float32, and a printed line says so. A config
    that has mixed precision anyway (``Bfloat16OptimWrapper``, or
    ``test_cfg.fp16`` for the test) is left as it is.
    """
    if training and _is_bfloat16(cfg.optim_wrapper.get('type')):
        print('--amp: the config trains in bfloat16 already.')
    elif not training and cfg.test_cfg.get('fp16'):
        print('--amp: the config tests in mixed precision already.')
    elif not torch.cuda.is_available():
        print('--amp: no GPU was found, so everything runs in float32.')
    elif training and 'DeepSpeed' in str(cfg.get('strategy')):
        raise ValueError('--amp does nothing with DeepSpeed: write '
                         'strategy.bf16 or strategy.fp16 into the config.')
    elif training:
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        if 'FSDP' in str(cfg.get('strategy')):
            cfg.optim_wrapper.use_fsdp = True
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    else:
        cfg.test_cfg.fp16 = True


def measure_frame_cues(cfg: Config) -> None:
    """Have a test measure the frame cues of its crops where it decodes them,
    so that they are saved beside the embeddings.

    A pipeline that loads otherwise, or without colour, stays as it is: then
    matching reads the images again.

    Args:
        cfg (Config): The config of the test, changed.
    """
    for step in cfg.test_dataloader.dataset.get('pipeline', ()):
        if (step['type'] == 'snreid_mm.LoadCropFromFile'
                and step.get('color_type', 'color') == 'color'):
            step['frame_cues'] = True
        elif step['type'] == 'PackInputs' and 'meta_keys' in step:
            keys = (*step['meta_keys'], 'frame_cues')
            step['meta_keys'] = tuple(dict.fromkeys(keys))
