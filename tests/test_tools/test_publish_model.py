import hashlib
import re
from pathlib import Path

import pytest
import torch
from mmengine.hooks import EMAHook
from mmengine.logging import MessageHub

from snreid_mm.utils.safe_load import read_checkpoint

TOOL = (
    Path(__file__).resolve().parents[2] /
    'tools/model_converters/publish_model.py')


@pytest.fixture
def checkpoint(tmp_path):
    """What a runner saves of a training with a moving average."""
    last, average = torch.full((4, 4), 1.), torch.full((4, 4), 2.)
    content = dict(
        meta=dict(
            epoch=3, cfg='work_dir = "/home/me"', seed=1,
            dataset_meta=dict(split='train', num_identities=3)),
        message_hub=MessageHub.get_instance('x').state_dict(),
        optimizer=dict(state={0: torch.zeros(1000)}),
        state_dict={'fc.weight': last},
        ema_state_dict={
            'steps': torch.tensor(7),
            'module.fc.weight': average
        })
    EMAHook._swap_ema_state_dict(None, content)
    path = tmp_path / 'epoch_3.pth'
    torch.save(content, path)
    return path


@pytest.mark.parametrize('options, value', [((), 2.),
                                            (('--weights', 'last'), 1.)])
def test_it_keeps_the_weights(run_tool, checkpoint, tmp_path, options, value):
    code, printed, errors = run_tool(TOOL, checkpoint,
                                     tmp_path / 'out/small.pth', *options)
    assert not code, errors
    path, = (tmp_path / 'out').iterdir()
    digits = re.fullmatch(r'small-([0-9a-f]{8})\.pth', path.name)[1]
    assert hashlib.sha256(path.read_bytes()).hexdigest().startswith(digits)
    assert str(path) in printed
    content = read_checkpoint(str(path))
    assert set(content) == {'meta', 'state_dict'}
    assert set(content['meta']) == {
        'snreid_mm_version', 'epoch', 'dataset_meta'
    }
    assert content['state_dict']['fc.weight'].tolist() == [[value] * 4] * 4
    assert path.stat().st_size < checkpoint.stat().st_size / 2


def test_without_an_average_and_twice(run_tool, tmp_path):
    # A view of something large.
    torch.save(dict(state_dict=dict(w=torch.ones(99999)[:2])),
               tmp_path / 'a.pth')
    for which in ('averaged', 'last'):
        code, _, errors = run_tool(TOOL, tmp_path / 'a.pth',
                                   tmp_path / 'out/b.pth', '--weights', which)
        assert not code, errors
    path, = (tmp_path / 'out').iterdir()  # equal bytes, equal name
    assert path.stat().st_size < 5000


@pytest.mark.parametrize('content, out, text', [
    (dict(meta={}), 'a.pth', 'has no weights'),
    (dict(state_dict=dict(w=1)), 'a.pth', 'has no weights'),
    (dict(state_dict=dict(w=torch.ones(1))), 'a.pt', 'must end in .pth'),
])
def test_what_is_refused(run_tool, tmp_path, content, out, text):
    torch.save(content, tmp_path / 'in.pth')
    code, _, errors = run_tool(TOOL, tmp_path / 'in.pth', tmp_path / out)
    assert code == 1 and text in errors and errors.count('\n') == 1
    assert [path.name for path in tmp_path.iterdir()] == ['in.pth']
