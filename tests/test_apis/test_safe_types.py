from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from snreid_mm.apis.frozen_model import freeze
from snreid_mm.apis.safe_types import check_types

ROOT = Path(__file__).parents[2]
CONFIGS = [
    path for path in sorted(ROOT.glob('configs/*/*.py'))
    if path.parent.name not in ('_base_', 'pose')
    and not path.name.startswith('td-hm')
]


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'none.pth'
    torch.save(dict(state_dict={}), path)
    return path


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_every_model_of_ours_may_be_saved(path, checkpoint):
    frozen = freeze(Config.fromfile(path), checkpoint)
    assert frozen.name == path.stem
    check_types(frozen.model, 'model')
    check_types(frozen.pipeline, 'pipeline')
    assert not {step['type'] for step in frozen.pipeline} & {
        'LoadImageFromFile', 'snreid_mm.LoadCropFromFile'
    }


def test_there_are_such_configs():
    assert len(CONFIGS) > 40


@pytest.mark.parametrize('name', [
    'os.system', 'builtins.eval', 'mmengine.dump', 'mmengine.runner.Runner',
    'snreid_mm.utils.files.write_atomically', 'ImageClassifier',
    'Blip2Caption', 'HuggingFaceClassifier', 'mmpretrain.SoccerNetReID', '',
    3, None
])
def test_other_types(name):
    with pytest.raises(ValueError, match='x.type is .*no network or transf'):
        check_types(dict(type=name), 'x')


def test_an_unknown_kind_of_value_is_looked_through():
    check_types([1, 'a', None, dict(type='BN', requires_grad=True)], 'x')
    with pytest.raises(ValueError, match=r'x\[1\]\[0\].a.type'):
        check_types([0, [dict(a=dict(type='os.system'))]], 'x')
