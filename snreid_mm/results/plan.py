"""Which runs a table of results needs."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple, Union

from mmengine.config import Config

from snreid_mm.utils.config import (flatten_config, innermost_datasets,
                                    load_config)
from .data_stamp import data_stamps

# The hook that measures each run.
_HOOK = dict(
    type='snreid_mm.CostHook',
    train_file='measured_train.json',
    test_file='measured_test.json')

# Keys that differ between two runs of one experiment.
_VOLATILE = ('work_dir', 'resume', 'launcher')


@dataclass
class Run:
    """One config, on one share of the training data, with one seed.

    Args:
        label (str): What the table calls the model.
        stem (str): The name of the config file, without ``.py``.
        fraction (float): The share of the training actions.
        seed (int): The seed.
        folder (Path): Where all its files are.
        cfg (Config, optional): The resolved config; None if it cannot be
            read.
        problem (str): Why it cannot be read. Defaults to ''.
        settings (dict[str, str]): Every setting by its dotted key, and what
            else decides the training.
        tested (str): Which checkpoint is tested, ``'best'`` or ``'last'``.
    """

    label: str
    stem: str
    fraction: float
    seed: int
    folder: Path
    cfg: Optional[Config] = None
    problem: str = ''
    settings: Dict[str, str] = field(default_factory=dict)
    tested: str = 'best'

    @property
    def title(self) -> str:
        """str: The run in a few words, for the progress bar and messages."""
        return f'{self.label}, fraction {self.fraction:g}, seed {self.seed}'


def split_label(argument: str) -> Tuple[str, str]:
    """Split ``CONFIG=LABEL``.

    Args:
        argument (str): A path, with or without a label.

    Returns:
        tuple[str, str]: The path, and the label, which is the name of the
        file by default.
    """
    path, sign, label = argument.partition('=')
    if not sign or Path(argument).is_file():
        return argument, Path(argument).stem
    if not label:
        raise ValueError(f'{argument!r} ends in "=": write a label behind it, '
                         'or leave the sign out.')
    return path, label


def check_configs(configs: Sequence[Tuple[str, str]]) -> None:
    """Refuse configs that are missing, or that the table would mix.

    Args:
        configs (Sequence[tuple[str, str]]): Paths and labels.

    Raises:
        FileNotFoundError: If a config file is not there.
        ValueError: If two have one name or one label.
    """
    stems, labels = {}, {}
    for path, label in configs:
        if not Path(path).is_file():
            raise FileNotFoundError(f'There is no config file {path!r}.')
        for seen, value, what in ((stems, Path(path).stem, 'named'),
                                  (labels, label, 'labelled')):
            if value in seen:
                raise ValueError(
                    f'{path} and {seen[value]} are both {what} {value!r}: '
                    'the runs of one would be taken for those of the other. '
                    'Give each config once, with a name and a label of its '
                    'own.')
            seen[value] = path


def plan_runs(configs: Sequence[Tuple[str, str]],
              work_dir: Union[str, Path],
              seeds: Sequence[int],
              fractions: Optional[Sequence[float]] = None,
              options: Optional[dict] = None,
              adapt: Optional[Callable] = None,
              tested: str = 'best') -> List[Run]:
    """List all runs: every config on every fraction with every seed.

    A config that cannot be read gives runs with a ``problem``, so that the
    rest of the table can be made.

    Args:
        configs (Sequence[tuple[str, str]]): Paths and labels.
        work_dir (str | Path): The folder of all runs; each gets
            ``<config name>/fraction-<fraction>/seed-<seed>`` in it.
        seeds (Sequence[int]): The seeds.
        fractions (Sequence[float], optional): The shares of the training
            actions. Defaults to None, which takes each config's own.
        options (dict, optional): Dotted keys and values that every config is
            given, as ``--cfg-options``. Defaults to None.
        adapt (Callable, optional): Called with each resolved config, which
            it may change. Defaults to None.
        tested (str): Which checkpoint is tested: ``'best'``, the best on the
            validation split where the config keeps it, or ``'last'``.

    Returns:
        list[Run]: The runs, by seed, then fraction, then config, so that an
        unfinished table has one run of everything first.

    Raises:
        ValueError: As :func:`check_configs`, or if a fraction is no share,
            or a seed or fraction comes twice.
    """
    check_configs(configs)
    for fraction in fractions or ():
        if not 0 < fraction <= 1:
            raise ValueError(f'The fraction {fraction:g} is not in (0, 1]: '
                             'give the share of the training actions to use.')
    for name, values in (('seed', seeds), ('fraction', fractions or ())):
        twice = [value for value in values if list(values).count(value) > 1]
        if twice:
            raise ValueError(f'The {name} {twice[0]:g} is given twice: give '
                             'each once.')
    return [
        _make_run(path, label, fraction, seed, Path(work_dir), options, adapt,
                  tested)
        for seed in seeds for fraction in (fractions or (None, ))
        for path, label in configs
    ]


def _make_run(path, label, fraction, seed, work_dir, options, adapt,
              tested) -> Run:
    stem = Path(path).stem
    cfg, problem = None, ''
    try:
        cfg = load_config(path, options)
        dataset = train_dataset(cfg)
        if fraction is None:
            fraction = dataset.get('fraction', 1.)
        dataset.fraction = fraction
        cfg.randomness = dict(cfg.get('randomness') or {}, seed=seed)
        if adapt is not None:
            adapt(cfg)
    except Exception as error:  # a config is a program: any error may come
        problem = one_line(error)
        cfg = None
    own = 1. if fraction is None else float(fraction)
    folder = work_dir / stem / f'fraction-{own:g}' / f'seed-{seed}'
    run = Run(label, stem, own, seed, folder, cfg, problem, tested=tested)
    if cfg is not None:
        run.settings = {**flat_settings(cfg), **data_stamps(cfg)}
        _finish(cfg, folder)
    return run


def one_line(error: BaseException) -> str:
    """Format an error as a reason in the table."""
    return f'{type(error).__name__}: {" ".join(str(error).split())}'


def train_dataset(cfg: Config) -> dict:
    """Find the config of the training data set, inside MMEngine's wrappers.

    Args:
        cfg (Config): The whole config.

    Returns:
        dict: The innermost data set's config.

    Raises:
        ValueError: If the config trains on nothing, on joined data sets, or
            a pose estimator.
    """
    loader = cfg.get('train_dataloader')
    if loader is None:
        raise ValueError('The config has no train_dataloader, so there is '
                         'nothing to train.')
    datasets = list(innermost_datasets(loader.dataset))
    if len(datasets) != 1:
        raise ValueError(
            f'{loader.dataset.type} joins data sets, so that a fraction of it '
            'means nothing: give a config with one data set.')
    if str(datasets[0].get('type')).startswith('mmpose.'):
        raise ValueError(
            'The config trains a pose estimator, and the table is of '
            're-identification: train it with tools/train.py, and give a '
            'config that starts from it.')
    return datasets[0]


def _finish(cfg: Config, folder: Path) -> None:
    """Add what this tool needs of a run, and what changes no result."""
    hook = {
        key: value if key == 'type' else str((folder / value).resolve())
        for key, value in _HOOK.items()
    }
    cfg.custom_hooks = [*(cfg.get('custom_hooks') or []), hook]
    checkpoint = (cfg.get('default_hooks') or {}).get('checkpoint')
    if checkpoint and checkpoint.get('max_keep_ckpts', -1) == 1:
        # MMEngine removes the old checkpoint before it writes the new one, so
        # a process killed in between would leave nothing to resume from.
        checkpoint.max_keep_ckpts = 2


def flat_settings(cfg: Config) -> Dict[str, str]:
    """List every setting of a config by its dotted key.

    Args:
        cfg (Config): The config.

    Returns:
        dict[str, str]: The ``repr`` of each value. Variables of the config
        file that nothing reads count too.
    """
    settings = {
        key: value
        for key, value in cfg.to_dict().items() if key not in _VOLATILE
    }
    return {
        key: repr(value)
        for key, value in flatten_config(settings).items()
    }
