import pytest
import torch
import torch.nn.functional as F

from snreid_mm.models.functional import l2_normalize, signed_sqrt


def test_l2_normalize_equals_pytorch():
    x = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    for scale in (1, 1e-8, 1e8):
        assert torch.allclose(l2_normalize(scale * x), F.normalize(x))


def test_l2_normalize_of_zeros():
    x = torch.zeros(2, 3)
    x[1, 0] = 2
    x.requires_grad_()
    y = l2_normalize(x)
    assert torch.equal(y, torch.tensor([[0., 0, 0], [1, 0, 0]]))
    y.sum().backward()
    assert torch.equal(x.grad, torch.tensor([[0., 0, 0], [0, .5, .5]]))


def test_l2_normalize_does_not_hide_nan():
    x = torch.tensor([[1., float('nan')], [3., 4.]])
    y = l2_normalize(x)
    assert y[0].isnan().all()
    assert torch.allclose(y[1], torch.tensor([.6, .8]))


def test_signed_sqrt():
    x = torch.tensor([[4., -9., 0.]], requires_grad=True)
    y = signed_sqrt(x)
    assert y.tolist() == [[2, -3, 0]]
    y.sum().backward()
    assert torch.allclose(x.grad, torch.tensor([[1 / 4, 1 / 6, 0]]))


@pytest.mark.parametrize('function', [l2_normalize, signed_sqrt])
def test_gradients(function):
    x = torch.randn(3, 4, generator=torch.Generator().manual_seed(1)).double()
    assert torch.autograd.gradcheck(function, x.requires_grad_())
    assert torch.autograd.gradgradcheck(function, x)
