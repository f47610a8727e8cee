"""A trained model with all that decides its embeddings."""

import copy
import difflib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import CheckpointLoader
from mmpretrain.apis.model import ModelHub, list_models

from snreid_mm.evaluation.functional import Calibration
from snreid_mm.evaluation.functional.matching import Matching
from snreid_mm.models import PlayerReID
from snreid_mm.models.part_extractors.pose_config import read_pose_config
from snreid_mm.registry import MODELS
from snreid_mm.utils.config import innermost_datasets

# Where weights come from before training: the frozen ones replace them.
_SOURCES = ('init_cfg', 'checkpoint', 'pretrained')
_LOADERS = ('LoadImageFromFile', 'LoadCropFromFile')


@dataclass(frozen=True, eq=False)
class FrozenModel:
    """What :class:`~snreid_mm.apis.PlayerReIDInferencer` is made of, and what
    a folder of it holds.

    Args:
        name (str): What the model is called.
        model (dict): The config of the model, without head, as plain JSON
            data.
        pipeline (list[dict]): The transforms of a crop that is read already,
            likewise.
        weights (dict[str, Tensor]): All that the model's state holds.
        trained_on (dict): What the checkpoint says of its training.
        calibration (Calibration, optional): Its probabilities.
        matching (Matching, optional): How the crops of one action are ranked
            together.
    """

    name: str
    model: Dict[str, Any]
    pipeline: List[dict]
    weights: Dict[str, torch.Tensor]
    trained_on: Dict[str, Any] = field(default_factory=dict)
    calibration: Optional[Calibration] = None
    matching: Optional[Matching] = None

    def build(self) -> PlayerReID:
        """Build the network with its weights, in evaluation mode.

        Raises:
            ValueError: If the weights are those of another model.
        """
        with DefaultScope.overwrite_default_scope('mmpretrain'):
            network = MODELS.build(copy.deepcopy(self.model))
        network.load_state_dict(self.weights)
        # What MMPretrain's inferencers read of a model.
        network._config = Config(
            dict(
                model=self.model,
                test_dataloader=dict(dataset=dict(pipeline=self.pipeline))))
        return network.eval()


def freeze(model: Union[str, Path, Config],
           checkpoint: Union[str, Path, None] = None) -> FrozenModel:
    """Freeze a config and a checkpoint.

    The head is left out, and hidden stages that only it reads. What the
    weights were before the training is left out too.

    Args:
        model (str | Path | Config): A config file, a config, or the name of
            a model of :func:`mmpretrain.list_models`.
        checkpoint (str | Path, optional): The weights, a file or a URL.
            Defaults to None, those that the config or the model index names.

    Returns:
        FrozenModel: The model; its weights are not checked yet.

    Raises:
        FileNotFoundError: If there is no such file.
        TypeError: If the model is of another type.
        ValueError: If there is no such model, it is no ``PlayerReID``, has no
            test pipeline, or no weights are named.
    """
    name, config, weights = _read_config(model)
    checkpoint = checkpoint or config.get('load_from') or weights
    if not checkpoint:
        raise ValueError(
            f'There are no weights for {name}: give checkpoint, the file '
            'that its training has saved, or the folder of a saved model.')
    cfg = config.model.to_dict() if config.get('model') else {}
    kind = str(cfg.get('type')).split('.')[-1]
    if kind != PlayerReID.__name__:
        raise ValueError(f'{name} is a {kind}, which embeds no crops of '
                         'people: give the config of a snreid_mm.PlayerReID.')
    cfg.setdefault('data_preprocessor', config.get('data_preprocessor'))
    content = CheckpointLoader.load_checkpoint(
        str(checkpoint), map_location='cpu')
    state = content.get('state_dict', content)
    if not isinstance(state, dict):
        raise ValueError(f'{checkpoint} has a {type(state).__name__} in the '
                         'place of weights: give a file that training has '
                         'saved.')
    cfg['head'] = None
    left_out: Tuple[str, ...] = ('head.', )
    if not (cfg.get('taps') or {}).get('join_weights'):
        cfg['taps'] = None
        left_out += ('taps.', )
    parts = cfg.get('part_extractor') or {}
    if isinstance(parts.get('pose_estimator'), str):
        parts['pose_estimator'] = read_pose_config(parts['pose_estimator'])[0]
    return FrozenModel(
        name=name,
        model=to_plain(_without_sources(cfg), f'model of {name}'),
        pipeline=to_plain(_read_pipeline(config, name), f'pipeline of {name}'),
        weights={
            key: value
            for key, value in state.items() if not key.startswith(left_out)
        },
        trained_on=_read_training(content, config))


def _read_config(model: Union[str, Path, Config]
                 ) -> Tuple[str, Config, Optional[str]]:
    """Read a config; its name, itself and where its weights are published."""
    if isinstance(model, Config):
        return Path(model.filename or 'the config').stem, model, None
    if not isinstance(model, (str, Path)):
        raise TypeError(
            f'The model is a {type(model).__name__}, but must be a config '
            'file, a config, the folder of a saved model, or a name of '
            'mmpretrain.list_models().')
    if Path(model).suffix == '.py':
        if not Path(model).is_file():
            raise FileNotFoundError(f'There is no config file {model}: '
                                    'correct the path.')
        return Path(model).stem, Config.fromfile(model), None
    name = str(model).lower()
    if not ModelHub.has(name):
        close = difflib.get_close_matches(name, list_models(), n=1)
        raise ValueError(
            f'There is no model {str(model)!r}: give a config file (.py), '
            'the folder of a saved model, or a name of '
            'mmpretrain.list_models()' +
            (f', such as {close[0]!r}.' if close else '.'))
    info = ModelHub.get(name)
    return info.name, info.config, info.weights


def _read_pipeline(config: Config, name: str) -> List[dict]:
    loader = config.get('test_dataloader')
    pipeline = loader and next(
        innermost_datasets(loader.to_dict()['dataset'])).get('pipeline')
    if not pipeline:
        raise ValueError(f'{name} has no test_dataloader with a pipeline, so '
                         'nobody knows how its crops are resized: write one '
                         'into the config.')
    return [
        step for step in pipeline
        if step['type'].split('.')[-1] not in _LOADERS
    ]


def _read_training(content: dict, config: Config) -> Dict[str, Any]:
    """Collect what is known of a training; no path is."""
    meta = content.get('meta') or {}
    data = meta.get('dataset_meta') or {}
    loader = config.get('train_dataloader')
    found = {
        'data set': data.get('dataset_name'),
        'split': data.get('split'),
        'identities': data.get('num_identities'),
        'epochs': meta.get('epoch'),
        'iterations': meta.get('iter'),
    }
    if loader:
        dataset = next(innermost_datasets(loader.to_dict()['dataset']))
        found['data root'] = Path(str(dataset.get('data_root', ''))).name
        found['share of the training actions'] = dataset.get('fraction')
    return {
        key: value
        for key, value in found.items()
        if isinstance(value, (int, float, str)) and value != ''
    }


def _without_sources(node: Any) -> Any:
    """Copy a config, and name no other weights in the copy."""
    if isinstance(node, dict):
        return {
            # timm's networks take a flag.
            key: (False if isinstance(value, bool) else None)
            if key in _SOURCES else _without_sources(value)
            for key, value in node.items()
        }
    if isinstance(node, (list, tuple)):
        return [_without_sources(value) for value in node]
    return node


def to_plain(node: Any, where: str) -> Any:
    """Bring a config to what JSON can hold; a tuple becomes a list.

    Raises:
        ValueError: If something in it is no data.
    """
    try:
        return json.loads(json.dumps(node))
    except (TypeError, ValueError) as error:
        raise ValueError(f'The {where} is no plain data ({error}): name its '
                         'types by strings.') from error
