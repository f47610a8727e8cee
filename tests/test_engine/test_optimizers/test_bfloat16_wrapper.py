import pytest
import torch
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import DefaultScope
from mmpretrain.structures import DataSample
from torch import nn

from snreid_mm.engine import Bfloat16OptimWrapper
from snreid_mm.registry import MODELS, OPTIM_WRAPPERS


def wrapper(model, **kwargs):
    cfg = dict(
        type='snreid_mm.Bfloat16OptimWrapper',
        optimizer=dict(type='SGD', lr=.1),
        **kwargs)
    # As in a config whose default_scope is MMPretrain's.
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        return build_optim_wrapper(model, cfg)


def test_it_is_registered_and_built_by_mmengine():
    wrapped = wrapper(nn.Linear(2, 2))
    assert type(wrapped) is Bfloat16OptimWrapper
    assert OPTIM_WRAPPERS.get('Bfloat16OptimWrapper') is Bfloat16OptimWrapper


def test_inside_the_block_alone_matrices_are_bfloat16():
    model = nn.Linear(8, 4)
    with wrapper(model).optim_context(model):
        assert model(torch.rand(2, 8)).dtype is torch.bfloat16
    assert model(torch.rand(2, 8)).dtype is torch.float32


def test_a_step_is_that_of_float32_but_for_rounding():
    torch.manual_seed(0)
    model, same = nn.Linear(8, 4), nn.Linear(8, 4)
    same.load_state_dict(model.state_dict())
    before = model.weight.detach().clone()
    images = torch.rand(16, 8)
    for each, wrapped in ((model, wrapper(model)),
                          (same,
                           OptimWrapper(
                               torch.optim.SGD(same.parameters(), lr=.1)))):
        with wrapped.optim_context(each):
            loss = each(images).float().pow(2).mean()
        wrapped.update_params(loss)
    assert model.weight.dtype is torch.float32
    step, right = model.weight - before, same.weight - before
    assert not torch.equal(step, right)
    assert torch.allclose(step, right, rtol=.05, atol=1e-4)


def test_it_accumulates_as_its_parent():
    model = nn.Linear(8, 4)
    before = model.weight.detach().clone()
    wrapped = wrapper(model, accumulative_counts=2)
    wrapped.initialize_count_status(model, 0, 4)
    for step in range(2):
        assert torch.equal(model.weight, before)
        with wrapped.optim_context(model):
            loss = model(torch.rand(2, 8)).float().sum()
        wrapped.update_params(loss)
    assert not torch.equal(model.weight, before)


def test_its_checkpoint_is_that_of_float32():
    model = nn.Linear(8, 4)
    plain = OptimWrapper(torch.optim.SGD(model.parameters(), lr=.1))
    assert wrapper(model).state_dict().keys() == plain.state_dict().keys()
    plain.load_state_dict(wrapper(model).state_dict())


@pytest.mark.parametrize('neck', [
    dict(type='GlobalAveragePooling'),
    [
        dict(type='GlobalAveragePooling'),
        dict(type='LinearNeck', out_channels=8, norm_cfg=dict(type='BN1d')),
    ],
])
def test_the_losses_are_float32(neck):
    model = MODELS.build(
        dict(
            type='snreid_mm.PlayerReID',
            backbone=dict(type='mmpretrain.ResNet', depth=18),
            neck=neck,
            head=dict(
                type='snreid_mm.ReIDHead',
                num_classes=4,
                loss_cls=dict(type='mmpretrain.LabelSmoothLoss',
                              label_smooth_val=.1, mode='original'),
                loss_triplet=dict(type='snreid_mm.BatchHardTripletLoss'))))
    images = torch.rand(4, 3, 64, 32)
    samples = [DataSample().set_gt_label(i // 2) for i in range(4)]
    wrapped = wrapper(model)
    with wrapped.optim_context(model):
        losses = model(images, samples, mode='loss')
    assert {value.dtype for name, value in losses.items()
            if 'loss' in name} == {torch.float32}
    wrapped.update_params(sum(losses.values()))
    assert all(
        torch.isfinite(p.grad).all() for p in model.parameters()
        if p.grad is not None)
