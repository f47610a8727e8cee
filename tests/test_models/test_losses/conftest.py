import pytest
import torch
import torch.nn.functional as F


@pytest.fixture
def batch():
    """12 embeddings of 6 identities and 3 actions."""
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(12, 6, generator=generator)
    labels = torch.tensor([0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 4, 5])
    order = torch.randperm(12, generator=generator)
    return embeddings, labels[order], (labels // 2)[order]


@pytest.fixture
def same_as():
    """Compare a loss with another, and the gradients."""

    def compare(loss, reference, batch, normalize):
        embeddings, labels, actions = batch
        ours = embeddings.clone().requires_grad_()
        value = loss(ours, labels, actions)
        value.backward()
        plain = embeddings.double().requires_grad_()
        scaled = F.normalize(plain) if normalize else plain
        expected = reference(scaled, labels, actions)
        expected.backward()
        assert value.dtype == torch.float32
        assert value.item() == pytest.approx(expected.item(), rel=1e-5)
        assert plain.grad.abs().max() > 1e-3 or expected == 0
        assert torch.allclose(ours.grad.double(), plain.grad, atol=1e-5)
        # Under mixed precision as without, whatever the model gives it.
        with torch.autocast('cpu', dtype=torch.bfloat16):
            half = loss(embeddings.bfloat16(), labels, actions)
        whole = loss(embeddings.bfloat16().float(), labels, actions)
        assert half.dtype == torch.float32 and torch.equal(half, whole)

    return compare


@pytest.fixture
def costs_nothing():
    """Check that a loss of these labels is zero, with zero gradients."""

    def check(loss, labels, actions=None):
        embeddings = torch.randn(len(labels), 3, requires_grad=True)
        value = loss(embeddings, torch.tensor(labels),
                     None if actions is None else torch.tensor(actions))
        value.backward()
        assert value.item() == 0
        for leaf in (embeddings, *loss.parameters()):
            assert torch.equal(leaf.grad, torch.zeros_like(leaf))

    return check


@pytest.fixture
def finite_on_duplicates():
    """Check the gradients where all images are the same, or black."""

    def check(loss):
        for value in (0., 1.):
            embeddings = torch.full((6, 4), value, requires_grad=True)
            loss(embeddings, torch.tensor([0, 0, 1, 1, 2, 2])).backward()
            assert torch.isfinite(embeddings.grad).all()

    return check
