import pytest
import torch

from snreid_mm.models import CentroidLoss


def by_the_formula(embeddings, labels, margin=None):
    """Image by image."""
    losses = []
    for label in labels:
        own = embeddings[labels == label].mean(0)
        others = embeddings[labels != label].mean(0)
        distance = (own - others).square().sum().sqrt()
        if margin is None:
            losses.append(-distance)
        else:
            losses.append((margin - distance).clamp(min=0))
    return sum(losses) / len(losses)


@pytest.mark.parametrize('margin', [None, .5, 3.])
@pytest.mark.parametrize('normalize', [False, True])
def test_equals_the_formula(batch, same_as, margin, normalize):
    loss = CentroidLoss(margin=margin, normalize=normalize)
    same_as(loss, lambda e, l, a: by_the_formula(e, l, margin), batch,
            normalize)


def test_weight(batch):
    plain = CentroidLoss()(*batch[:2])
    assert torch.isclose(CentroidLoss(loss_weight=.5)(*batch[:2]), plain / 2)


def test_a_bound_is_reached():
    embeddings = torch.tensor([[9., 0], [0, 9.]], requires_grad=True)
    loss = CentroidLoss(margin=2.)(embeddings, torch.tensor([3, 4]))
    loss.backward()
    assert loss == 0 and not embeddings.grad.any()
    assert CentroidLoss()(embeddings, torch.tensor([3, 4])) < -12


@pytest.mark.parametrize('labels', [[0, 0, 0], [7]])
def test_one_identity_costs_nothing(labels, costs_nothing):
    costs_nothing(CentroidLoss(), labels)


def test_equal_embeddings_give_finite_gradients(finite_on_duplicates):
    finite_on_duplicates(CentroidLoss(margin=1., normalize=True))
