import pytest
import torch
import torch.nn.functional as F

from snreid_mm.models import BatchHardTripletLoss
from snreid_mm.registry import MODELS


def brute_force(embeddings, labels, margin):
    """The definition, anchor by anchor."""
    losses = []
    for i, anchor in enumerate(embeddings):
        positives, negatives = [], []
        for j, other in enumerate(embeddings):
            distance = float(((anchor - other)**2).sum().sqrt())
            if labels[i] != labels[j]:
                negatives.append(distance)
            elif i != j:
                positives.append(distance)
        if positives and negatives:
            gap = max(positives) - min(negatives)
            if margin is None:
                losses.append(float(F.softplus(torch.tensor(gap))))
            else:
                losses.append(max(0., gap + margin))
    return sum(losses) / len(losses)


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(12, 6, generator=generator)
    labels = torch.tensor([0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 4, 5])
    return embeddings, labels


@pytest.mark.parametrize('margin', [0., .3, 5., None])
def test_equals_the_definition(batch, margin):
    embeddings, labels = batch
    loss = BatchHardTripletLoss(margin=margin)(embeddings, labels)
    assert loss.item() == pytest.approx(
        brute_force(embeddings, labels, margin), rel=1e-5)


def test_options(batch):
    embeddings, labels = batch
    plain = BatchHardTripletLoss()(embeddings, labels)
    assert torch.isclose(
        BatchHardTripletLoss(loss_weight=.5)(embeddings, labels), plain / 2)
    normalized = BatchHardTripletLoss(normalize=True)
    assert torch.isclose(
        normalized(embeddings, labels),
        BatchHardTripletLoss()(F.normalize(embeddings), labels))
    assert torch.isclose(
        normalized(embeddings, labels), normalized(embeddings * 7, labels))


def test_gradient_is_that_of_the_full_matrix(batch):
    embeddings, labels = batch
    ours = embeddings.clone().requires_grad_()
    BatchHardTripletLoss(margin=5.)(ours, labels).backward()

    plain = embeddings.clone().requires_grad_()
    distances = (plain[:, None] - plain[None]).square().sum(-1)
    distances = (distances + torch.eye(12)).sqrt()  # no root at zero
    same = labels[:, None] == labels[None]
    positive = same & ~torch.eye(12, dtype=torch.bool)
    hardest_positive = distances.masked_fill(~positive, -1).amax(1)
    hardest_negative = distances.masked_fill(same, 1e3).amin(1)
    has_positive = positive.any(1)
    F.relu(hardest_positive - hardest_negative +
           5.)[has_positive].mean().backward()
    assert torch.allclose(ours.grad, plain.grad, atol=1e-6)


@pytest.mark.parametrize(
    'labels',
    [
        [0, 1, 2, 3],  # no positive
        [0, 0, 0, 0],  # no negative
    ])
def test_a_batch_without_triplets_costs_nothing(labels):
    embeddings = torch.randn(4, 3, requires_grad=True)
    loss = BatchHardTripletLoss()(embeddings, torch.tensor(labels))
    assert loss.item() == 0
    loss.backward()
    assert torch.equal(embeddings.grad, torch.zeros(4, 3))


def test_anchors_without_a_positive_are_left_out(batch):
    embeddings, labels = batch
    anchors, positives, negatives = BatchHardTripletLoss.mine(
        embeddings, labels)
    assert anchors.tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert (labels[positives] == labels[anchors]).all()
    assert (positives != anchors).all()
    assert (labels[negatives] != labels[anchors]).all()


@pytest.mark.parametrize('normalize', [False, True])
def test_equal_embeddings_give_finite_gradients(normalize):
    embeddings = torch.ones(6, 4, requires_grad=True)
    labels = torch.tensor([0, 0, 1, 1, 2, 2])
    loss = BatchHardTripletLoss(normalize=normalize)(embeddings, labels)
    assert loss.item() == pytest.approx(.3)
    loss.backward()
    assert torch.isfinite(embeddings.grad).all()


def test_near_embeddings_are_told_apart():
    # |a|² - 2ab + |b|² would lose these distances in float32.
    embeddings = torch.tensor([[1000., 0], [1000., 1e-2], [1000., 3e-2]])
    labels = torch.tensor([0, 0, 1])
    loss = BatchHardTripletLoss(margin=1.)(embeddings, labels)
    assert loss.item() == pytest.approx(
        brute_force(embeddings.double(), labels, 1.), rel=1e-4)


def test_half_precision_is_computed_in_float32(batch):
    embeddings, labels = batch
    embeddings = (embeddings * 300).half()  # squares overflow half
    with torch.autocast('cpu', dtype=torch.bfloat16):
        loss = BatchHardTripletLoss()(embeddings, labels)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(
        brute_force(embeddings.float(), labels, .3), rel=1e-5)


def test_registered():
    loss = MODELS.build(
        dict(type='snreid_mm.BatchHardTripletLoss', margin=None))
    assert loss.margin is None
