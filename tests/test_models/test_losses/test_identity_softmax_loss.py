import pytest
import torch

from snreid_mm.models import IdentitySoftmaxLoss


def by_the_formula(unit, labels, actions, temperature):
    """Image by image, identity by identity."""
    losses = []
    for i, label in enumerate(labels):
        scores = {}
        for person in labels.unique().tolist():
            crops = [
                j for j in range(len(labels)) if labels[j] == person and j != i
            ]
            if crops:
                scores[person] = sum(unit[i] @ unit[j]
                                     for j in crops) / len(crops) / temperature
        if label.item() in scores:
            total = sum(score.exp() for score in scores.values())
            losses.append(total.log() - scores[label.item()])
    return sum(losses) / len(losses)


@pytest.mark.parametrize('temperature', [.15, 1.])
def test_equals_the_formula(batch, same_as, temperature):
    same_as(
        IdentitySoftmaxLoss(temperature=temperature),
        lambda *args: by_the_formula(*args, temperature), batch, True)


@pytest.mark.parametrize(
    'labels',
    [
        [0, 0, 0],  # one identity
        [0, 1, 2],  # no positive
        [4],
    ])
def test_nothing_to_tell_apart_costs_nothing(labels, costs_nothing):
    costs_nothing(IdentitySoftmaxLoss(), labels)


def test_equal_embeddings_give_finite_gradients(finite_on_duplicates):
    finite_on_duplicates(IdentitySoftmaxLoss())


def test_bad_temperature():
    with pytest.raises(ValueError, match='temperature=0 must be positive'):
        IdentitySoftmaxLoss(temperature=0)
