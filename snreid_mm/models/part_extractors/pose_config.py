"""Find an MMPose pose estimator's config, and build its parts."""

import copy
import difflib
import importlib.util
import os.path as osp
from typing import Iterator, List, Optional, Tuple, Union

import mmengine
import mmpose
from mmengine.config import Config
from mmengine.model import BaseModule
from mmpose.registry import MODELS as MMPOSE_MODELS
from torch import nn

from snreid_mm.registry import MODELS
from .normalization import Normalization

_KEY = 'pose_estimator'


def read_pose_config(
        pose_estimator: Union[dict, str]) -> Tuple[dict, Optional[str]]:
    """Read the config of a pose estimator.

    Args:
        pose_estimator (dict | str): The estimator's config, a whole config
            that has it as ``model``, a config file of either kind, or the
            name of a model in MMPose's model index.

    Returns:
        tuple[dict, str | None]: The estimator's config, a copy, and for a
        name the URL of the published weights.

    Raises:
        FileNotFoundError: If there is no such file, or no model index.
        TypeError: If it is neither a config nor a str.
        ValueError: If it has no backbone or no type, or if there is no model
            of that name.
    """
    weights = None
    config, where = pose_estimator, _KEY
    if isinstance(config, str):
        where = config
        if osp.splitext(config)[1] in ('.py', '.json', '.yaml', '.yml'):
            if not osp.isfile(config):
                raise FileNotFoundError(
                    f'{_KEY} is {config!r}, but there is no such file.')
        else:
            config, weights = find_model(config)
        config = Config.fromfile(config)
    if isinstance(config, Config):
        config = config.to_dict()
    if not isinstance(config, dict):
        raise TypeError(f'{_KEY} must be a config, a config file or the name '
                        f'of a model, but it is {config!r}.')
    config = copy.deepcopy(dict(config))
    if isinstance(config.get('model'), dict):
        whole, config = config, config['model']
        # As MMEngine's runner does with a preprocessor beside the model.
        config.setdefault('data_preprocessor', whole.get('data_preprocessor'))
    for part in ('type', 'backbone'):
        if not config.get(part):
            raise ValueError(
                f'{where} has no {part}: give an MMPose pose estimator, such '
                'as dict(type=\'TopdownPoseEstimator\', backbone=..., '
                'head=...).')
    return config, weights


def find_model(name: str) -> Tuple[str, Optional[str]]:
    """Look a model up in MMPose's model index.

    Args:
        name (str): Its name or alias, such as
            ``'td-hm_hrnet-w32_8xb64-210e_coco-256x192'``, in any case.

    Returns:
        tuple[str, str | None]: The config file, and the URL of the weights.

    Raises:
        FileNotFoundError: If MMPose was installed without its index.
        ValueError: If there is no such model.
    """
    folder = _index_folder()
    names: List[str] = []
    for model in _indexed_models(folder):
        alias = model.get('Alias') or []
        own = [model['Name'], *([alias] if isinstance(alias, str) else alias)]
        own = [each.lower() for each in own]
        if name.lower() in own:
            weights = model.get('Weights')
            if isinstance(weights, list):
                weights = weights[0]
            return osp.join(folder, model['Config']), weights
        names += own
    close = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
    hint = f' Did you mean {" or ".join(map(repr, close))}?' if close else ''
    raise ValueError(
        f'{_KEY} is {name!r}, which is neither a config file (.py) nor one of '
        f'the {len(names)} models of MMPose {mmpose.__version__}.{hint}')


def _index_folder() -> str:
    """Find the folder of ``model-index.yml`` and of the config files."""
    package = osp.dirname(mmpose.__file__)
    # In an installed package, and in a checkout of the repository.
    for folder in (osp.join(package, '.mim'), osp.dirname(package)):
        if osp.isfile(osp.join(folder, 'model-index.yml')):
            return folder
    raise FileNotFoundError(
        f'MMPose\'s model index is not in {osp.join(package, ".mim")}, so '
        f'models have no names here: give {_KEY} as a config or a config '
        'file.')


def _indexed_models(folder: str) -> Iterator[dict]:
    for path in mmengine.load(osp.join(folder, 'model-index.yml'))['Import']:
        yield from mmengine.load(osp.join(folder, path)).get('Models') or []


def build_pose_estimator(config: dict, with_head: bool) -> nn.Module:
    """Build a pose estimator's parts in MMPose's scope.

    A type that MMPose and MMPretrain both have, such as ``HRNet``, would
    otherwise be looked up in the scope of the runner, MMPretrain's.

    Args:
        config (dict): The estimator's config.
        with_head (bool): Whether to build all of it, or the backbone alone.

    Returns:
        nn.Module: The estimator, or a module that has its ``backbone`` under
        the same name.

    Raises:
        ImportError: If a package that a part comes from is not installed.
        ValueError: If it is to have a head and has none, if a type is not
            known, or if it cannot be built.
    """
    if with_head and not config.get('head'):
        raise ValueError(
            f'{_KEY} has no head, so it gives no heatmaps: add its keypoint '
            'head, or set output=\'features\'.')
    if not with_head:
        config = dict(backbone=config['backbone'])
    # Images come normalized already.
    config = {k: v for k, v in config.items() if k != 'data_preprocessor'}
    _check_packages(config, _KEY)
    try:
        _check_types(config)
        return _build(config)
    except ImportError as error:
        raise ImportError(
            f'{_KEY} cannot be built here, because a package that one of its '
            f'types comes from does not import ({error}): install what is '
            'missing, or choose an estimator without it.') from error


def _build(config: dict) -> nn.Module:
    scope = dict(_scope_='mmpose')
    try:
        if 'type' in config:
            return MMPOSE_MODELS.build({**scope, **config})
        backbone = MMPOSE_MODELS.build({**scope, **config['backbone']})
        return _BackboneAlone(backbone)
    except ImportError:
        raise
    except Exception as error:
        # str() of a KeyError is the repr of what it holds.
        reason = error.args[0] if isinstance(error, KeyError) else error
        raise ValueError(f'{_KEY} cannot be built: {reason}') from error


class _BackboneAlone(BaseModule):
    """Holds a backbone as a pose estimator does, for the weights' names."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone


def _check_packages(config: dict, where: str) -> None:
    """Refuse types of packages that are not installed."""
    type_ = config.get('type')
    packages = [config.get('_scope_')]
    if isinstance(type_, str) and '.' in type_:
        packages.append(type_.split('.')[0])
    for package in filter(None, packages):
        if importlib.util.find_spec(package) is None:
            raise ImportError(
                f'{where} ({type_}) needs the package {package}, which is '
                'not installed: install it (OpenMMLab\'s own come with `mim '
                f'install {package}`), or choose an estimator without it.')
    for key, value in config.items():
        for inner in value if isinstance(value, (list, tuple)) else (value, ):
            if isinstance(inner, dict):
                _check_packages(inner, f'{where}.{key}')


def _check_types(config: dict) -> None:
    """Refuse types that MMPose does not have, and say who has them."""
    parts = {_KEY: config} if 'type' in config else {}
    for name in ('backbone', 'neck', 'head'):
        if isinstance(config.get(name), dict):
            parts[f'{_KEY}.{name}'] = config[name]
    for key, part in parts.items():
        type_ = part.get('type')
        if not isinstance(type_, str):
            continue
        scope = part.get('_scope_') or config.get('_scope_') or 'mmpose'
        if _find(MMPOSE_MODELS, scope, type_) is not None:
            continue
        owners = [
            owner for owner in ('mmpose', 'mmpretrain', 'snreid_mm')
            if owner != scope and _find(MODELS, owner, type_) is not None
        ]
        hint = 'check its spelling, and that its module is imported'
        if key == _KEY:
            hint = 'give a pose estimator, such as \'TopdownPoseEstimator\''
        elif owners:
            hint = f'write {f"{owners[0]}.{type_}"!r}'
        raise ValueError(f'{key}.type is {type_!r}, which {scope} does not '
                         f'have: {hint}.')


def _find(registry, scope: str, type_: str):
    with registry.switch_scope_and_registry(scope) as scoped:
        # Of another scope than asked for, where that has no such registry.
        if scoped.scope != scope:
            return None
        try:
            return scoped.get(type_)
        except RuntimeError:  # what MMEngine raises for some unknown names
            return None


def check_scope(config: dict, key: str) -> None:
    """Refuse a type of MMPose's where its scope is not written.

    Args:
        config (dict): The config of a part of a model.
        key (str): Where it stands, for the message.

    Raises:
        ValueError: If neither the current scope nor its parents have the
            type, and MMPose has.
    """
    type_ = config.get('type')
    if not isinstance(type_, str) or '.' in type_ or config.get('_scope_'):
        return
    with MODELS.switch_scope_and_registry(None) as registry:
        try:
            known = registry.get(type_) is not None
        except RuntimeError:
            known = False
    if not known and _find(MMPOSE_MODELS, 'mmpose', type_) is not None:
        raise ValueError(
            f'{key}.type is {type_!r}, which MMPose has: give a backbone as '
            f'{f"mmpose.{type_}"!r} with _scope_=\'mmpose\', and a whole pose '
            'estimator to snreid_mm.MMPosePartExtractor.')


def pose_normalization(config: dict) -> Normalization:
    """Read how a pose estimator's images are normalized.

    Args:
        config (dict): The estimator's config. Without a
            ``data_preprocessor`` MMPose feeds B, G, R from 0 to 255.

    Returns:
        Normalization: What its backbone expects.
    """
    given = config.get('data_preprocessor') or {}
    # MMPose loads B, G, R and either option turns the channels round.
    to_rgb = given.get('bgr_to_rgb', False) or given.get('rgb_to_bgr', False)
    return Normalization(given.get('mean'), given.get('std'), bool(to_rgb))


def pose_input_size(config: dict) -> Optional[Tuple[int, int]]:
    """Read the size of a pose estimator's images from its codec.

    Args:
        config (dict): The estimator's config.

    Returns:
        tuple[int, int] | None: Height and width in pixels; None if the head
        has no decoder that tells.
    """
    decoder = (config.get('head') or {}).get('decoder')
    if isinstance(decoder, (list, tuple)) and decoder:
        decoder = decoder[-1]
    size = decoder.get('input_size') if isinstance(decoder, dict) else None
    return None if size is None else (size[1], size[0])
