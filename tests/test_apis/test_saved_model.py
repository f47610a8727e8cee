import json
import sys

import numpy as np
import pytest
import torch
from mmengine.config import Config
from safetensors.torch import load_file, save_file

from snreid_mm.apis import PlayerReIDInferencer
from snreid_mm.registry import MODELS

TWO_STREAMS = 'configs/demo/two-stream-resnet18_b64-9e_pitch-demo_128x64.py'


@pytest.fixture(scope='module')
def saved(tiny_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp('saved') / 'model'
    PlayerReIDInferencer(
        tiny_model.config,
        tiny_model.checkpoint,
        calibration=tiny_model.calibration,
        matching=dict(type='dual_softmax', temperature=.2),
        progress=False).save_pretrained(folder)
    return folder


@pytest.fixture
def copied(saved, tmp_path):
    """A folder that a test may change."""
    folder = tmp_path / 'copied'
    folder.mkdir()
    for path in saved.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def edit(folder, **changes):
    path = folder / 'model.json'
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_what_is_loaded_is_what_was_saved(saved, tiny_model, pictures):
    before = PlayerReIDInferencer(
        tiny_model.config, tiny_model.checkpoint, progress=False)
    after = PlayerReIDInferencer.from_pretrained(saved, progress=False)
    np.testing.assert_array_equal(
        after.extract(pictures).values, before.extract(pictures).values)
    assert after.calibration == tiny_model.calibration
    assert after.matching.to_dict() == dict(
        type='dual_softmax', temperature=.2)
    # Neither the config nor the checkpoint is needed, and no path is kept.
    assert str(tiny_model.config.parent) not in (saved /
                                                 'model.json').read_text()
    assert sorted(path.name for path in saved.iterdir()) == [
        'README.md', 'model.json', 'model.safetensors'
    ]
    assert not any(
        key.startswith('head.')
        for key in load_file(saved / 'model.safetensors'))


def test_it_can_be_saved_again(saved, tmp_path, pictures):
    first = PlayerReIDInferencer(str(saved), progress=False)
    again = first.save_pretrained(tmp_path / 'again')
    for path in saved.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(FileExistsError, match='again is there already'):
        first.save_pretrained(again)
    # Nothing half written is left beside it.
    assert [path.name for path in tmp_path.iterdir()] == ['again']


def test_the_model_card(saved):
    card = (saved / 'README.md').read_text()
    for text in ('# tiny-resnet_pitch', '- data set: SoccerNet-v3 ReID',
                 '- epochs: 3', '- identities: 3', '- data root: pitch-tiny',
                 'another domain', 'no model of real\nplayers',
                 'fitted for 1 % false accepts', 'appearance: ResNet'):
        assert text in card


def test_two_streams(tmp_path, pictures):
    """A pose estimator and its own weights are part of the model."""
    config = Config.fromfile(TWO_STREAMS)
    config.model.head.num_classes = 4
    torch.manual_seed(0)
    network = MODELS.build(config.model)
    state = network.state_dict()
    path = tmp_path / 'epoch_9.pth'
    torch.save(dict(state_dict=state), path)
    before = PlayerReIDInferencer(TWO_STREAMS, path, progress=False)
    folder = before.save_pretrained(tmp_path / 'saved')
    after = PlayerReIDInferencer(folder, progress=False)
    np.testing.assert_array_equal(
        after.extract(pictures[:2]).values,
        before.extract(pictures[:2]).values)
    assert after.model.taps is None or after.model.taps.are_joined
    assert 'work_dirs' not in (folder / 'model.json').read_text()


@pytest.mark.parametrize('changes, text', [
    (dict(format=7), 'is of format 7'),
    (dict(pipeline={}), 'pipeline in .* must be a list'),
    (dict(model=dict(type='snreid_mm.LayerTaps')),
     "must be 'snreid_mm.PlayerReID'"),
    (dict(model=dict(type='os.system')), "model in .*type is 'os.system'"),
    (dict(pipeline=[dict(type='subprocess.Popen', args=['true'])]),
     r"pipeline in .*\[0\].type is 'subprocess.Popen', which is no network"),
    (dict(pipeline=[dict(type='mmengine.dump')]), "'mmengine.dump', which is"),
    (dict(model=dict(backbone=dict(type='HuggingFaceClassifier'))),
     "'HuggingFaceClassifier', which is no network"),
    (dict(model=dict(backbone=dict(type='ResNet', _scope_='os'))),
     "backbone._scope_ is 'os'"),
    (dict(model=dict(init_cfg=dict(checkpoint='http://x'))),
     'must not name other code or weights'),
    (dict(model=dict(backbone=dict(type='TIMMBackbone', model_name='hf:x'))),
     'must not name other code or weights'),
    (dict(calibration=dict(threshold=1.)), 'is no saved model'),
    (dict(matching=dict(type='x')), "matching has type 'x'"),
    (dict(more=1), 'is not the config of a saved model'),
    (dict(weights_sha256='0'), 'weights that were saved with model.json'),
])
def test_a_config_that_was_changed(copied, changes, text):
    edit(copied, **changes)
    with pytest.raises(ValueError, match=text):
        PlayerReIDInferencer(copied)


def test_other_weights(copied):
    import hashlib
    path = copied / 'model.safetensors'
    weights = load_file(path)
    del weights['backbone.conv1.weight']
    save_file(weights, path)
    with pytest.raises(ValueError, match='those of another model'):
        PlayerReIDInferencer(copied)
    # Not even with their own checksum.
    edit(copied, weights_sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(ValueError, match='1 weight is missing from it'):
        PlayerReIDInferencer(copied)
    path.write_bytes(b'no tensors')
    edit(copied, weights_sha256=hashlib.sha256(b'no tensors').hexdigest())
    with pytest.raises(ValueError, match='is no saved model'):
        PlayerReIDInferencer(copied)


def test_a_missing_file(copied, tiny_model, tmp_path):
    with pytest.raises(ValueError, match='leave the checkpoint .* out'):
        PlayerReIDInferencer(copied, tiny_model.checkpoint)
    (copied / 'model.json').unlink()
    with pytest.raises(FileNotFoundError, match='it has no model.json'):
        PlayerReIDInferencer(copied)
    with pytest.raises(FileNotFoundError, match='There is no folder'):
        PlayerReIDInferencer.from_pretrained(tmp_path / 'none')


def test_a_missing_package_is_named(saved, monkeypatch):
    monkeypatch.setitem(sys.modules, 'safetensors.torch', None)
    with pytest.raises(ImportError, match='pip install "safetensors>=0.4"'):
        PlayerReIDInferencer(saved)


def test_code_of_the_users_own_is_not_saved(tiny_model, tmp_path):
    from torch import nn

    @MODELS.register_module(name='PoolOfMine', force=True)
    class PoolOfMine(nn.Module):

        def forward(self, maps):
            return maps[-1].mean((2, 3))

    config = Config.fromfile(tiny_model.config)
    config.model.neck = dict(type='snreid_mm.PoolOfMine')
    inferencer = PlayerReIDInferencer(config, tiny_model.checkpoint)
    with pytest.raises(ValueError, match="model.neck.type is "
                       "'snreid_mm.PoolOfMine'"):
        inferencer.save_pretrained(tmp_path / 'saved')
    assert not list(tmp_path.iterdir())
    del MODELS._module_dict['PoolOfMine']
