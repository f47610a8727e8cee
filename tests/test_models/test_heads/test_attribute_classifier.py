import pytest
import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample

from snreid_mm.models.heads.attribute_classifier import AttributeClassifier
from snreid_mm.soccernet.roles import ROLES


def samples(**columns):
    return [
        DataSample(metainfo=dict(zip(columns, values)))
        for values in zip(*columns.values())
    ]


def test_a_role():
    classifier = AttributeClassifier('role', 4, loss_weight=.5)
    embeddings = torch.randn(3, 4)
    loss = classifier(embeddings, samples(role=[ROLES[0], ROLES[9], ROLES[4]]))
    expected = F.cross_entropy(
        classifier.classifier(embeddings), torch.tensor([0, 9, 4]))
    assert torch.isclose(loss, expected / 2)


def test_a_number_counts_where_it_is_known():
    classifier = AttributeClassifier('jersey', 4, loss_weight=1.)
    embeddings = torch.randn(6, 4)
    numbers = ['A', '99', 'None', '7', '100', '٧']
    loss = classifier(embeddings, samples(jersey=numbers))
    expected = F.cross_entropy(
        classifier.classifier(embeddings[[1, 3]]),
        torch.tensor([99, 7]),
        reduction='sum') / 6
    assert torch.isclose(loss, expected)


def test_nothing_known_costs_nothing():
    classifier = AttributeClassifier('jersey', 4, loss_weight=1.)
    embeddings = torch.randn(2, 4, requires_grad=True)
    loss = classifier(embeddings, samples(jersey=['A', 'None']))
    loss.backward()
    assert loss == 0 and not embeddings.grad.any()
    assert not classifier.classifier.weight.grad.any()


def test_what_is_missing():
    with pytest.raises(ValueError, match="'height', but can hold 'role' and"):
        AttributeClassifier('height', 4, loss_weight=1.)
    classifier = AttributeClassifier('jersey', 4, loss_weight=1.)
    with pytest.raises(
            ValueError, match="no jersey.*add 'jersey' to the meta"):
        classifier(torch.zeros(1, 4), samples(role=[ROLES[0]]))
