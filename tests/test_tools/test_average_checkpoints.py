"""The mean of several checkpoints."""

import os
from pathlib import Path

import pytest
import torch

from snreid_mm.utils.weights import average_weights

SCRIPT = (Path(__file__).resolve().parents[2] /
          'tools/model_converters/average_checkpoints.py')


def state(value, **changes):
    found = {
        'backbone.weight': torch.full((2, 3), float(value)),
        'backbone.half': torch.full((2, ), float(value)).half(),
        'neck.hashes': torch.tensor([3, 1, 2]),
        'neck.bn.num_batches_tracked': torch.tensor(10 * value),
    }
    found.update(changes)
    return {key: each for key, each in found.items() if each is not None}


@pytest.fixture
def save(tmp_path):

    def function(*states):
        paths = [tmp_path / f'{i}.pth' for i in range(len(states))]
        for path, each in zip(paths, states):
            torch.save(dict(meta=dict(epoch=1), state_dict=each), path)
        return paths

    return function


def test_the_mean(save, tmp_path, run_tool):
    paths = save(state(1), state(2), state(6))
    target = tmp_path / 'made/mean.pth'
    code, out, err = run_tool(SCRIPT, target, *paths)
    assert code == 0, err
    assert out == f'4 weights of 3 checkpoints averaged: {target}\n'
    content = torch.load(target, weights_only=True)
    assert content['meta']['averaged'] == [str(path) for path in paths]
    mean = content['state_dict']
    assert torch.equal(mean['backbone.weight'], torch.full((2, 3), 3.))
    assert mean['backbone.half'].dtype == torch.float16
    assert torch.equal(mean['neck.hashes'], torch.tensor([3, 1, 2]))
    assert mean['neck.bn.num_batches_tracked'] == 10


def test_it_is_computed_in_float64(save):
    # In float32 the ones would be lost beside the first.
    big = 2.**25
    paths = save(*(state(0, x=torch.tensor(value))
                   for value in (big, 1., 1., 1., 1.)))
    assert average_weights(paths)['x'] == (big + 4) / 5


@pytest.mark.parametrize('changes, key', [
    ({'backbone.weight': None}, 'backbone.weight'),
    ({'head.weight': torch.zeros(1)}, 'head.weight'),
    ({'backbone.weight': torch.zeros(2, 4)}, 'backbone.weight'),
    ({'backbone.weight': torch.zeros(2, 3).double()}, 'backbone.weight'),
    ({'neck.hashes': torch.tensor([3, 1, 1])}, 'neck.hashes'),
    ({'epoch': 3}, 'epoch'),
])
def test_other_models_are_refused(save, tmp_path, run_tool, changes, key):
    paths = save(state(1), state(2, **changes))
    code, _, err = run_tool(SCRIPT, tmp_path / 'mean.pth', *paths)
    assert code == 1 and err.count('\n') == 1
    assert f'{paths[1]} cannot be averaged' in err and key in err
    assert sorted(os.listdir(tmp_path)) == ['0.pth', '1.pth']


def test_broken_weights_are_refused(save):
    paths = save(state(1), state(float('nan'), **{
        'neck.bn.num_batches_tracked': torch.tensor(0)}))
    with pytest.raises(ValueError, match='backbone.weight is not finite'):
        average_weights(paths)


def test_two_or_more_and_none_overwritten(save, tmp_path, run_tool):
    one, two = save(state(1), state(2))
    for sources in ((one, ), (one, one)):
        code, _, err = run_tool(SCRIPT, tmp_path / 'mean.pth', *sources)
        assert code == 1 and 'Give two or more checkpoints' in err
    code, _, err = run_tool(SCRIPT, two, one, two)
    assert code == 1 and 'is the file to read from' in err
