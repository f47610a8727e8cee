"""What a pipeline gives is as large as the config says, for every config."""

from pathlib import Path

import numpy as np
import pytest
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.registry import DefaultScope

from snreid_mm.registry import TRANSFORMS

CONFIGS = Path(__file__).parents[2] / 'configs'
FILES = [  # pose estimators' pipelines are MMPose's
    path for path in sorted(CONFIGS.glob('*/*.py'))
    if path.parent.name != '_base_' and not path.stem.startswith('td-hm')
]


def size_of(pipeline):
    """The height and width that a crop of another shape comes out with."""
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        steps = Compose([TRANSFORMS.build(step) for step in pipeline])
        image = np.random.default_rng(0).integers(
            0, 256, (150, 80, 3), dtype=np.uint8)
        # It is loaded already.
        return tuple(steps(dict(img=image))['inputs'].shape[1:])


def test_a_crop_of_another_size_is_seen():
    # MMPretrain's takes height and width, MMCV's the other way round.
    for type_ in ('RandomCrop', 'mmcv.CenterCrop'):
        shapes = [
            size_of([
                dict(type='Resize', scale=(48, 96)),
                dict(type=type_, crop_size=size),
                dict(type='PackInputs')
            ]) for size in ((96, 48), (48, 96))
        ]
        assert shapes.count((96, 48)) == 1


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_crops_have_the_size_of_the_name(path):
    cfg = Config.fromfile(path)
    size = tuple(map(int, path.stem.rsplit('_', 1)[1].split('x')))
    for split in ('train', 'val', 'test'):
        loader = cfg.get(f'{split}_dataloader')
        if loader:
            assert size_of(loader.dataset.pipeline) == size, split
