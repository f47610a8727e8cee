"""A trained model as a folder that is safe to load.

``model.json`` holds the config of the network, the transforms, what it was
trained on, the calibration and the matching, as plain data; beside it lie the
weights, ``model.safetensors``, and a model card, ``README.md``.
"""

import hashlib
import importlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, Union

from snreid_mm.evaluation.functional import Calibration
from snreid_mm.evaluation.functional.matching import Matching
from snreid_mm.utils.files import whole_folder, write_atomically
from snreid_mm.utils.strict_json import parse_json
from snreid_mm.version import __version__
from .frozen_model import FrozenModel
from .model_card import format_model_card
from .safe_types import check_types

CONFIG, WEIGHTS, CARD = 'model.json', 'model.safetensors', 'README.md'
_FORMAT = 1
_REMEDY = 'save the model again with save_pretrained'
_KEYS = ('format', 'snreid_mm', 'name', 'model', 'pipeline', 'trained_on',
         'calibration', 'matching', 'weights_sha256')


def write_saved_model(folder: Union[str, Path], frozen: FrozenModel) -> Path:
    """Write a folder, whole or not at all.

    Args:
        folder (str | Path): The folder, which must not be there, or be empty.
        frozen (FrozenModel): The model.

    Returns:
        Path: The folder.

    Raises:
        FileExistsError: If there is something in it.
        ValueError: If its config names a type that a folder must not name.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f'{folder} is there already: name a new folder, '
                              'or take that one away.')
    for key in ('model', 'pipeline'):
        check_types(getattr(frozen, key), key)
    # Each tensor by itself: the file holds no two that share their memory.
    data = _safetensors().save({
        key: value.detach().cpu().clone().contiguous()
        for key, value in frozen.weights.items()
    })
    config = dict(
        format=_FORMAT,
        snreid_mm=__version__,
        name=frozen.name,
        model=frozen.model,
        pipeline=frozen.pipeline,
        trained_on=frozen.trained_on,
        calibration=frozen.calibration and asdict(frozen.calibration),
        matching=frozen.matching and frozen.matching.to_dict(),
        weights_sha256=hashlib.sha256(data).hexdigest())
    with whole_folder(folder) as making:
        write_atomically(making / WEIGHTS, data)
        write_atomically(making / CONFIG, json.dumps(config, indent=1))
        write_atomically(making / CARD, format_model_card(frozen))
    return folder


def read_saved_model(folder: Union[str, Path]) -> FrozenModel:
    """Read a folder. Nothing in it is executed.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is damaged, its config names other code, or the
            weights are not those that were saved with it.
    """
    folder = Path(folder)
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f'{folder} is no saved model: it has no {name}; {_REMEDY}.')
    config = _read_config(folder / CONFIG)
    data = (folder / WEIGHTS).read_bytes()
    if hashlib.sha256(data).hexdigest() != config['weights_sha256']:
        raise ValueError(
            f'{folder / WEIGHTS} does not hold the weights that were saved '
            f'with {CONFIG}: it is damaged, or those of another model; copy '
            'the whole folder again.')
    safetensors = _safetensors()
    try:
        weights = safetensors.load(data)
        calibration, matching = config['calibration'], config['matching']
        return FrozenModel(
            name=config['name'],
            model=config['model'],
            pipeline=config['pipeline'],
            weights=weights,
            trained_on=config['trained_on'],
            calibration=calibration and Calibration(**calibration),
            matching=matching and Matching.from_dict(matching))
    except (TypeError, ValueError, _error_type()) as error:
        raise ValueError(f'{folder} is no saved model ({error}); {_REMEDY}.'
                         ) from error


def _read_config(path: Path) -> Dict[str, Any]:
    config = parse_json(path.read_bytes(), str(path), _REMEDY)
    if not isinstance(config, dict) or sorted(config) != sorted(_KEYS):
        raise ValueError(f'{path} is not the config of a saved model: it must '
                         f'hold {", ".join(_KEYS)}; {_REMEDY}.')
    if config['format'] != _FORMAT:
        raise ValueError(
            f'{path} is of format {config["format"]!r} (snreid_mm '
            f'{config["snreid_mm"]}), but this version reads {_FORMAT}: '
            'install that version, or save the model again.')
    for key, kind in dict(name=str, model=dict, pipeline=list,
                          trained_on=dict).items():
        if not isinstance(config[key], kind):
            raise ValueError(f'{key} in {path} must be a {kind.__name__}; '
                             f'{_REMEDY}.')
    for key in ('model', 'pipeline'):
        check_types(config[key], f'{key} in {path}')
    if config['model'].get('type') != 'snreid_mm.PlayerReID':
        raise ValueError(f'model.type in {path} must be '
                         f'\'snreid_mm.PlayerReID\'; {_REMEDY}.')
    return config


def _safetensors():
    """Import what reads and writes the weights."""
    try:
        return importlib.import_module('safetensors.torch')
    except ImportError as error:
        raise ImportError(
            'A saved model needs the package safetensors, which is not '
            'installed: run `pip install "safetensors>=0.4"`.') from error


def _error_type():
    return importlib.import_module('safetensors').SafetensorError
