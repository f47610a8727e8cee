from collections import OrderedDict

import pytest
import torch
from torch import nn

from snreid_mm.models.utils.checkpoint import check_some_fit, load_fitting


def network():
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(3, 4, 3), bn=nn.BatchNorm2d(4),
            last=nn.Conv2d(4, 2, 1)))


def load(module, path, **options):
    load_fitting(
        module, str(path), name='the net', remedy='Try another.', **options)


@pytest.fixture
def save(tmp_path):

    def function(state):
        path = tmp_path / 'weights.pth'
        torch.save(state, path)
        return path

    return function


@pytest.mark.parametrize('start', ['', 'module.', 'backbone.'])
@pytest.mark.parametrize('nested', [True, False])
def test_what_fits(save, start, nested):
    source, target = network(), network()
    state = {start + key: value for key, value in source.state_dict().items()}
    if start == 'backbone.':
        state['head.weight'] = torch.zeros(3)
    path = save(dict(meta={}, state_dict=state) if nested else state)
    load(target, path, prefix='backbone.' if start == 'backbone.' else '')
    for key, value in target.state_dict().items():
        assert torch.equal(value, source.state_dict()[key])


def test_what_may_be_missing_or_left_out(save):
    state = network().state_dict()
    del state['last.weight'], state['bn.num_batches_tracked']
    state['head.weight'] = torch.zeros(3)
    path = save(state)
    target = network()
    before = target.last.weight.clone()
    load(target, path, may_lack=('last.', ), may_hold=('head.', ))
    assert torch.equal(target.last.weight, before)
    assert torch.equal(target.conv.weight, state['conv.weight'])
    with pytest.raises(
            ValueError, match=r'1 weight is missing from it \(last.weight '):
        load(target, path, may_hold=('head.', ))
    with pytest.raises(ValueError, match='1 weight is unknown to the model'):
        load(target, path, may_lack=('last.', ))


@pytest.mark.parametrize('change, message', [
    (lambda s: [s.pop('conv.weight'), s.pop('conv.bias')],
     r'2 weights are missing from it \(conv.weight \(4, 3, 3, 3\); conv.bias '
     r'\(4,\)\). Try another.'),
    (lambda s: s.update({'extra.weight': torch.zeros(7)}),
     r'1 weight is unknown to the model \(extra.weight \(7,\)\)'),
    (lambda s: s.update({'last.bias': torch.zeros(5)}),
     r'of another shape \(last.bias \(5,\), needed \(2,\)\)'),
])
def test_what_fits_in_part(save, change, message):
    state = network().state_dict()
    change(state)
    with pytest.raises(ValueError, match=message) as error:
        load(network(), save(state))
    assert 'weights.pth does not fit the net: ' in str(error.value)


@pytest.mark.parametrize('state', [
    {'model.conv.weight': torch.zeros(4, 3, 3, 3)},
    {'conv.weight': torch.zeros(1)},
])
def test_what_fits_nowhere(save, state):
    with pytest.raises(ValueError) as error:
        load(network(), save(state))
    assert (f'none of its 1 weights fits (its first is {next(iter(state))}, '
            'the first that is needed conv.weight)') in str(error.value)


def test_no_weights(save, tmp_path):
    with pytest.raises(FileNotFoundError, match='no checkpoint .*none.pth'):
        load(network(), tmp_path / 'none.pth')
    for content, message in (({}, 'holds no weights'),
                             ([torch.zeros(1)], 'holds a list')):
        with pytest.raises(ValueError, match=message):
            load(network(), save(content))
    with pytest.raises(ValueError, match="starts with 'backbone.'"):
        load(network(), save(network().state_dict()), prefix='backbone')


@pytest.mark.parametrize('prefix', [None, 'backbone.'])
def test_a_checkpoint_of_which_some_fits(save, prefix):
    start = prefix or ''
    state = {f'{start}{k}': v for k, v in network().state_dict().items()}
    del state[f'{start}last.weight']
    cfg = dict(type='Pretrained', checkpoint=str(save(state)), prefix=prefix)
    check_some_fit(network(), cfg, 'model.backbone')
    check_some_fit(network(), [dict(type='Kaiming'), cfg], 'model.backbone')
    check_some_fit(network(), None, 'model.backbone')


def test_a_checkpoint_of_which_nothing_fits(save):
    state = {f'backbone.{k}': v for k, v in network().state_dict().items()}
    cfg = dict(type='Pretrained', checkpoint=str(save(state)))
    with pytest.raises(ValueError, match='None of the 9 weights of .* fits '
                       r'model\.backbone \(Sequential\): its first is '
                       r'backbone\.conv\.weight, .* conv\.weight.*prefix'):
        check_some_fit(network(), cfg, 'model.backbone')
    # Names alone are not enough.
    state = {k: torch.zeros(99) for k in network().state_dict()}
    cfg = dict(type='Pretrained', checkpoint=str(save(state)))
    with pytest.raises(ValueError, match='None of the 9 weights'):
        check_some_fit(network(), cfg, 'model.backbone')
