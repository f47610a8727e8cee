"""A trained model for tools that look into it, and images for it."""

from pathlib import Path
from typing import Sequence

import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from torch import nn

from snreid_mm.models import PlayerReID
from snreid_mm.registry import MODELS


def load_trained(cfg: Config, checkpoint: str) -> nn.Module:
    """Build a config's model with the weights of a checkpoint.

    Args:
        cfg (Config): The whole config. Its losses are left out.
        checkpoint (str): The checkpoint file.

    Returns:
        nn.Module: A :class:`~snreid_mm.models.PlayerReID` in evaluation mode,
        on a GPU if there is one.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the config has another model, or the checkpoint does
            not fit.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    model_cfg = cfg.get('model') or {}
    kind = model_cfg.get('type')
    cls = MODELS.get(kind) if isinstance(kind, str) else kind
    if not (isinstance(cls, type) and issubclass(cls, PlayerReID)):
        raise ValueError(f'model.type is {kind!r}, but a snreid_mm.PlayerReID '
                         'is needed here: give the config of one.')
    model = MODELS.build({
        'data_preprocessor': cfg.get('data_preprocessor'),
        **model_cfg, 'head': None
    })
    if '://' not in checkpoint and not Path(checkpoint).is_file():
        raise FileNotFoundError(f'There is no checkpoint {checkpoint!r}: '
                                'correct the path.')
    load_checkpoint(model, checkpoint, map_location='cpu')
    device = 'cuda:0' if torch.cuda.is_available() else 'cpu'
    return model.to(device).eval()


def read_inputs(model: nn.Module, cfg: Config,
                paths: Sequence[str]) -> torch.Tensor:
    """Read image files as a test reads them.

    Args:
        model (nn.Module): The model.
        cfg (Config): The config, whose ``test_dataloader`` has the pipeline.
        paths (Sequence[str]): N image files.

    Returns:
        Tensor: Images as the model's networks take them, (N, 3, H, W).

    Raises:
        ValueError: If a file is missing or no image.
    """
    pipeline = Compose(cfg.test_dataloader.dataset.pipeline)
    batch = pseudo_collate(
        [pipeline(dict(img_path=str(path))) for path in paths])
    return model.data_preprocessor(batch)['inputs']
