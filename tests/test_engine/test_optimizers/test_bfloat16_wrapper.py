import pytest
import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.engine import Bfloat16OptimWrapper
from snreid_mm.engine.optimizers import bfloat16_wrapper
from snreid_mm.registry import MODELS, OPTIM_WRAPPERS


DEVICE = get_device()


def wrapper(model, optimizer='SGD', **kwargs):
    cfg = dict(
        type='snreid_mm.Bfloat16OptimWrapper',
        optimizer=dict(type=optimizer, lr=.1),
        **kwargs)
    # As in a config whose default_scope is MMPretrain's.
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return build_optim_wrapper(model, cfg)


def linear():
    torch.manual_seed(0)
    return nn.Linear(8, 4).to(DEVICE)


def images(count=2):
    return torch.rand(count, 8, device=DEVICE)


def train(model, wrapped):
    with wrapped.optim_context(model):
        loss = model(images(16)).float().pow(2).mean()
    wrapped.update_params(loss)


def test_it_is_registered_and_built_by_mmengine():
    assert type(wrapper(linear())) is Bfloat16OptimWrapper
    assert OPTIM_WRAPPERS.get('Bfloat16OptimWrapper') is Bfloat16OptimWrapper


def test_inside_the_block_alone_matrices_are_bfloat16():
    model = linear()
    with wrapper(model).optim_context(model):
        assert model(images()).dtype is torch.bfloat16
    assert model(images()).dtype is torch.float32


def test_a_step_is_that_of_float32_but_for_rounding():
    steps = []
    for make in (wrapper, float32):
        model = linear()
        before = model.weight.detach().clone()
        torch.manual_seed(1)
        train(model, make(model))
        assert model.weight.dtype is torch.float32
        steps.append(model.weight.detach() - before)
    assert not torch.equal(*steps)
    assert torch.allclose(*steps, rtol=.05, atol=1e-4)


def float32(model, optimizer='SGD'):
    return OptimWrapper(
        getattr(torch.optim, optimizer)(model.parameters(), lr=.1))


def test_it_accumulates_as_its_parent():
    model = linear()
    before = model.weight.detach().clone()
    wrapped = wrapper(model, accumulative_counts=2)
    wrapped.initialize_count_status(model, 0, 4)
    for _ in range(2):
        assert torch.equal(model.weight, before)
        train(model, wrapped)
    assert not torch.equal(model.weight, before)


@pytest.mark.parametrize('makes', [(wrapper, float32), (float32, wrapper)])
def test_its_state_is_that_of_float32(makes):
    model = linear()
    saved = makes[0](model, 'Adam')
    train(model, saved)
    loaded = makes[1](model, 'Adam')
    loaded.load_state_dict(saved.state_dict())
    moments = [
        each.optimizer.state[model.weight]['exp_avg']
        for each in (saved, loaded)
    ]
    assert moments[0].abs().sum() > 0 and torch.equal(*moments)


def test_the_scale_in_a_checkpoint_of_float16_is_left_out():
    model = linear()
    saved = wrapper(model, 'Adam')
    train(model, saved)
    loaded = wrapper(model, 'Adam')
    loaded.load_state_dict(
        dict(saved.state_dict(), loss_scaler=dict(scale=2.**16)))
    assert loaded.optimizer.state[model.weight]['step'] == 1


@pytest.mark.parametrize(('device', 'capability'), [('mps', None),
                                                    ('cuda', (7, 5))])
def test_a_device_without_bfloat16_is_named(monkeypatch, device, capability):
    monkeypatch.setattr(bfloat16_wrapper, 'get_device', lambda: device)
    monkeypatch.setattr(torch.cuda, 'get_device_capability',
                        lambda: capability)
    monkeypatch.setattr(torch.cuda, 'get_device_name', lambda: 'cuda T4')
    with pytest.raises(ValueError, match=f'{device}.* has no bfloat16'):
        wrapper(linear())


def test_losses_and_gradients_are_float32():
    head = dict(
        type='snreid_mm.ReIDHead',
        in_channels=4,
        num_classes=3,
        loss_cls=dict(
            type='mmpretrain.LabelSmoothLoss',
            label_smooth_val=.1,
            mode='original'),
        loss_triplet=dict(type='snreid_mm.BatchHardTripletLoss'))
    model = nn.ModuleDict(
        dict(embed=linear(), head=MODELS.build(head).to(DEVICE)))
    samples = [DataSample().set_gt_label(i // 2).to(DEVICE) for i in range(6)]
    wrapped = wrapper(model)
    with wrapped.optim_context(model):
        embeddings = model['embed'](images(6))
        assert embeddings.dtype is torch.bfloat16
        losses = model['head'].loss((embeddings, ), samples)
    total = sum(value for name, value in losses.items() if 'loss' in name)
    assert total.dtype is torch.float32
    wrapped.backward(total)
    for name, parameter in model.named_parameters():
        assert parameter.grad.dtype is torch.float32, name
        assert torch.isfinite(parameter.grad).all(), name
