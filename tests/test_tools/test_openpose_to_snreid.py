"""The converter of OpenPose's weights."""

import os
from pathlib import Path

import pytest
import torch

from snreid_mm.models import OpenPoseParts

SCRIPT = (
    Path(__file__).resolve().parents[2] /
    'tools/model_converters/openpose_to_snreid.py')


@pytest.fixture(scope='module')
def published():
    """Weights with the names and shapes of the published ones, and the later
    stages that we leave out."""
    generator = torch.Generator().manual_seed(0)
    state = {
        name: torch.randn(weight.shape, generator=generator)
        for name, weight in OpenPoseParts().state_dict().items()
        if not name.startswith(('pose1', 'bn'))
    }
    for stage in (3, 6):
        state[f'Mconv7_stage{stage}_L1.weight'] = torch.zeros(38, 128, 1, 1)
        state[f'Mconv7_stage{stage}_L1.bias'] = torch.zeros(38)
    return state


@pytest.fixture
def convert(tmp_path, run_tool):

    def function(state, target='parts.pth'):
        source = tmp_path / 'published.pth'
        torch.save(state, source)
        return run_tool(SCRIPT, source, tmp_path / target)

    return function


def load(path):
    model = OpenPoseParts(
        init_cfg=dict(type='Pretrained', checkpoint=str(path)))
    model.init_weights()
    return model.state_dict()


@pytest.mark.parametrize('rename', [
    lambda name: name,
    lambda name: f'model{int("stage" in name)}_1.{name}',
    lambda name: f'module.part_feat_extractor.{name}',
])
def test_names(published, convert, tmp_path, rename):
    code, out, err = convert(
        {rename(name): weight for name, weight in published.items()})
    assert code == 0, err
    loaded = load(tmp_path / 'parts.pth')
    used = [name for name in published if name in loaded]
    assert len(used) == 72
    for name in used:
        assert torch.equal(loaded[name], published[name])
    lines = out.splitlines()
    assert lines[0] == '72 weights used, 4 not used:'
    assert [line.strip() for line in lines[1:5]
            ] == [rename(name) for name in published if name not in loaded]
    assert 'start afresh: pose1.weight, pose1.bias, bn.running_mean' in out
    assert sorted(os.listdir(tmp_path)) == ['parts.pth', 'published.pth']


def test_a_checkpoint_and_other_types(published, convert, tmp_path):
    state = {name: weight.double() for name, weight in published.items()}
    state['pose1.bias'] = torch.ones(128)  # trained further
    code, out, err = convert(dict(state_dict=state), 'made/parts.pth')
    assert code == 0, err
    assert '73 weights used' in out
    loaded = load(tmp_path / 'made/parts.pth')
    assert loaded['conv1_1.weight'].dtype == torch.float32
    assert loaded['pose1.bias'].eq(1).all()
    content = torch.load(tmp_path / 'made/parts.pth', weights_only=True)
    assert content['meta'] == dict(source='published.pth')


def change(published, key=None, value=None, without=()):
    state = {k: v for k, v in published.items() if k not in without}
    if key is not None:
        state[key] = value
    return state


@pytest.mark.parametrize('changes, message', [
    (dict(without=['conv4_3_CPM.bias', 'Mconv1_stage2_L2.weight']),
     '2 weights are missing from it (conv4_3_CPM.bias (256,), '
     'Mconv1_stage2_L2.weight (128, 185, 7, 7)). Give the weights of Open'),
    (dict(key='conv5_5_CPM_L1.weight', value=torch.zeros(28, 512, 1, 1)),
     '1 weight is of another shape (conv5_5_CPM_L1.weight (28, 512, 1, 1), '
     "the model's (38, 512, 1, 1))"),
    (dict(key='model0.conv1_1.bias', value=torch.zeros(64)),
     'conv1_1.bias and model0.conv1_1.bias are both the weights conv1_1.bias'),
])
def test_weights_that_do_not_fit(published, convert, tmp_path, changes,
                                 message):
    code, _, err = convert(change(published, **changes))
    assert code == 1 and err.count('\n') == 1
    assert message in err
    assert os.listdir(tmp_path) == ['published.pth']


def test_no_weights(published, convert, tmp_path):

    class Code:

        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'ran'), )

    for state, message in ((dict(weights=Code()), 'torch can load safely'),
                           ({}, 'none of its'),
                           ([1], 'holds a list')):
        code, _, err = convert(state)
        assert code == 1 and message in err
    code, _, err = convert(published, 'published.pth')
    assert code == 1 and 'is the file to read from' in err
    assert os.listdir(tmp_path) == ['published.pth']


def test_a_missing_file(tmp_path, run_tool):
    code, _, err = run_tool(SCRIPT, tmp_path / 'none.pth',
                            tmp_path / 'parts.pth')
    assert code == 1
    assert 'There is no checkpoint' in err
