"""Read an MMPose pose estimator's config, and build its parts."""

import copy
import difflib
import importlib.util
from pathlib import Path
from typing import Optional, Tuple, Union

import mmpose
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.model import ModuleDict
from mmpose.registry import MODELS
from torch import nn

from .normalization import Normalization

_KEY = 'pose_estimator'
_OWN = 'mmpose::'


def read_pose_config(pose_estimator: Union[dict, str],
                     pretrained: bool = False) -> Tuple[dict, Optional[str]]:
    """Read the config of a pose estimator.

    Args:
        pose_estimator (dict | str): The estimator's config, a whole config
            that has it as ``model``, a config file of either kind, or
            ``'mmpose::…'``, a config file of MMPose's own, by its path below
            ``configs``, for which MMEngine needs setuptools < 81.
        pretrained (bool): Whether to look up the published weights of an
            ``'mmpose::…'`` config. Defaults to False.

    Returns:
        tuple[dict, str | None]: The estimator's config, a copy, and the URL
        of the published weights.

    Raises:
        FileNotFoundError: If there is no such config file.
        ValueError: If it has no backbone, or if ``pretrained`` is set and it
            is no ``'mmpose::…'`` config.
    """
    config, weights = pose_estimator, None
    # Of MMPose alone: MMEngine installs another package that is missing.
    if isinstance(config, str) and config.startswith(_OWN):
        config = get_config(_own_config(config), pretrained)
        weights = config.get('model_path')
    elif pretrained:
        raise ValueError(
            'checkpoint=True takes the published weights of an \'mmpose::…\' '
            f'config, but {_KEY} is none: give the path or URL of the '
            'weights.')
    elif isinstance(config, str):
        if not Path(config).expanduser().is_file():
            raise FileNotFoundError(
                f'{_KEY} is {config!r}, but there is no such config file: '
                'correct the path, or name one of MMPose\'s own as '
                f'\'{_OWN}<folder>/<file>\'.')
        config = Config.fromfile(config)
    if isinstance(config, Config):
        config = config.to_dict()
    config = copy.deepcopy(dict(config))
    if isinstance(config.get('model'), dict):
        whole, config = config, config['model']
        # As MMEngine's runner does with a preprocessor beside the model.
        config.setdefault('data_preprocessor', whole.get('data_preprocessor'))
    if not config.get('backbone'):
        raise ValueError(
            f'{_KEY} has no backbone: give an MMPose pose estimator, such as '
            'dict(type=\'TopdownPoseEstimator\', backbone=..., head=...).')
    return config, weights


def _own_config(name: str) -> str:
    """Find a config of MMPose's own; its ``.py`` may be left out."""
    configs = Path(mmpose.__file__).parent / '.mim' / 'configs'
    if not configs.is_dir():
        raise FileNotFoundError(
            f'{_KEY} is {name!r}, but MMPose was installed without its '
            'configs: install the package from PyPI, or give a config file.')
    wanted = name[len(_OWN):]
    if not wanted.endswith('.py'):
        wanted += '.py'
    if (configs / wanted).is_file():
        return _OWN + wanted
    found = {
        path.name: path
        for path in sorted(configs.rglob('*.py')) if '_base_' not in path.parts
    }
    close = difflib.get_close_matches(Path(wanted).name, found, n=1)
    hint = ''.join(f', such as \'{_OWN}{found[each].relative_to(configs)}\''
                   for each in close)
    raise FileNotFoundError(f'{_KEY} is {name!r}, but MMPose has no config of '
                            f'this name: give its path below configs{hint}.')


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
        ValueError: If it is to have a head and has none.
    """
    if with_head and not config.get('head'):
        raise ValueError(
            f'{_KEY} has no head, so it gives no heatmaps: add its keypoint '
            'head, or set output=\'features\'.')
    if not with_head:
        config = dict(backbone=config['backbone'])
    # Images come normalized already.
    config = {k: v for k, v in config.items() if k != 'data_preprocessor'}
    _check_scopes(config, _KEY)
    scope = dict(_scope_='mmpose')
    if with_head:
        return MODELS.build({**scope, **config})
    backbone = MODELS.build({**scope, **config['backbone']})
    return ModuleDict(dict(backbone=backbone))


def _check_scopes(config: dict, where: str) -> None:
    """Refuse scopes of packages that are not installed.

    MMEngine would log that, and build MMPose's type of that name.
    """
    package = config.get('_scope_')
    if package is not None and importlib.util.find_spec(package) is None:
        raise ImportError(
            f'{where} ({config.get("type")}) needs the package {package}, '
            'which is not installed: install it (OpenMMLab\'s own come with '
            f'`mim install {package}`), or choose an estimator without it.')
    for key, value in config.items():
        for inner in value if isinstance(value, (list, tuple)) else (value, ):
            if isinstance(inner, dict):
                _check_scopes(inner, f'{where}.{key}')


def pose_normalization(config: dict) -> Normalization:
    """Read how a pose estimator's images are normalized.

    Without a ``data_preprocessor`` MMPose feeds B, G, R from 0 to 255.
    """
    given = config.get('data_preprocessor') or {}
    # MMPose loads B, G, R, and either option flips the channels.
    to_rgb = given.get('bgr_to_rgb', False) or given.get('rgb_to_bgr', False)
    return Normalization(given.get('mean'), given.get('std'), bool(to_rgb))


def pose_input_size(config: dict) -> Optional[Tuple[int, int]]:
    """Read the height and width in pixels of a pose estimator's images from
    its codec; None if the head has no decoder with a size."""
    decoder = (config.get('head') or {}).get('decoder')
    if isinstance(decoder, (list, tuple)) and decoder:
        decoder = decoder[-1]
    size = decoder.get('input_size') if isinstance(decoder, dict) else None
    return None if size is None else (size[1], size[0])
