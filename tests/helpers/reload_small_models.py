"""Embed one batch with saved models, in a process of its own; called by
test_bilinear_configs.py with the folder that holds them."""

import sys
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.runner import load_checkpoint

from snreid_mm.registry import MODELS

folder = Path(sys.argv[1])
images = torch.load(folder / 'images.pt', weights_only=True)
for path in sorted(folder.glob('*.pth')):
    model = MODELS.build(Config.fromfile(path.with_suffix('.py')).model)
    load_checkpoint(model, str(path), map_location='cpu')
    with torch.no_grad():
        torch.save(model.eval()(images), path.with_suffix('.pt'))
