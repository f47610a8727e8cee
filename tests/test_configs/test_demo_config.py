from pathlib import Path

import torch
from mmengine.config import Config

from snreid_mm.registry import MODELS

FAMILY = Path(__file__).parents[2] / 'configs/demo'


def test_model():
    path, = FAMILY.glob('*.py')
    cfg = Config.fromfile(path)
    # It trains from random weights: nothing is downloaded.
    assert cfg.model.backbone.init_cfg is None
    model = MODELS.build(
        dict(cfg.model, data_preprocessor=cfg.data_preprocessor)).eval()
    assert model.embedding_dim == 128
    height, width = cfg.model.input_size
    with torch.no_grad():
        embedding = model(torch.rand(2, 3, height, width))
    assert embedding.shape == (2, 128)
    # The images are of the size that the model is built for.
    for pipeline in (cfg.train_pipeline, cfg.test_pipeline):
        resize, = (step for step in pipeline if step.type == 'Resize')
        assert tuple(resize.scale) == (width, height) == (64, 128)
