import mmpretrain
import pytest
import yaml
from mmpretrain.apis.model import ModelHub

from snreid_mm.models import PlayerReID
from snreid_mm.utils.model_index import _PACKAGE, register_models


def test_our_models_are_in_the_list_beside_mmpretrains():
    ours = mmpretrain.list_models('*two-stream*')
    assert 'two-stream-resnet18_b64-9e_pitch-demo_128x64' in ours
    assert 'resnet50_8xb32_in1k' in mmpretrain.list_models()
    register_models()  # once more does no harm


def test_every_name_of_the_index_has_its_config():
    root = _PACKAGE.parent
    index = yaml.safe_load((root / 'model-index.yml').read_text())
    for metafile in index['Import']:
        for entry in yaml.safe_load((root / metafile).read_text())['Models']:
            info = ModelHub._models_dict[entry['Name'].lower()]
            assert info.config.endswith(entry['Config'])


@pytest.mark.parametrize('name', [
    'two-stream-resnet18_b64-9e_pitch-demo_128x64',
    'resnet18-fc128_b64-12e_custom_128x64'
])
def test_a_name_builds_its_model(name):
    model = mmpretrain.get_model(name)
    assert isinstance(model, PlayerReID) and not model.training
    assert model._metainfo.name == name
