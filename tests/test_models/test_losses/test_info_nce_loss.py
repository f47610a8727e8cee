import math

import pytest
import torch

from snreid_mm.models import InfoNCELoss
from snreid_mm.models.losses.info_nce_loss import pair_up


def pairs_by_hand(labels):
    waiting, pairs = {}, []
    for i, label in enumerate(labels.tolist()):
        if label in waiting:
            pairs.append((waiting.pop(label), i))
        else:
            waiting[label] = i
    return pairs


def by_the_formula(unit, labels, actions, smoothing, within):
    """Pair by pair, in both directions."""
    pairs, losses = pairs_by_hand(labels), []
    for a, b in pairs:
        others = [
            pair for pair in pairs if labels[pair[0]] != labels[a] and (
                within == 'batch' or actions[pair[0]] == actions[a])
        ]
        if not others:
            continue
        for anchor, positive, side in ((a, b, 1), (b, a, 0)):
            scores = torch.stack([
                unit[anchor] @ unit[j] / .07
                for j in [positive] + [pair[side] for pair in others]
            ])
            log_share = scores - scores.exp().sum().log()
            losses.append(-(1 - smoothing) * log_share[0] -
                          smoothing * log_share.mean())
    return sum(losses) / len(losses)


@pytest.mark.parametrize('within', ['batch', 'action'])
@pytest.mark.parametrize('smoothing', [0., .1])
def test_equals_the_formula(batch, same_as, within, smoothing):
    loss = InfoNCELoss(within=within, label_smoothing=smoothing)
    assert loss.needs_actions == (within == 'action')
    same_as(loss, lambda *args: by_the_formula(*args, smoothing, within),
            batch, True)


def test_pairs_of_two_are_clips():
    torch.manual_seed(0)
    first, second = torch.nn.functional.normalize(torch.randn(2, 5, 8), dim=2)
    scores = first @ second.T / .07
    target = torch.arange(5)
    expected = (
        torch.nn.functional.cross_entropy(scores, target, label_smoothing=.1) +
        torch.nn.functional.cross_entropy(
            scores.T, target, label_smoothing=.1)) / 2
    loss = InfoNCELoss()(torch.cat([first, second]), target.repeat(2))
    assert torch.isclose(loss, expected)


def test_the_pairs(batch):
    pairs = list(zip(*(side.tolist() for side in pair_up(batch[1]))))
    assert sorted(pairs) == sorted(pairs_by_hand(batch[1]))
    assert len(pairs) == 4  # of 3, 2, 1, 4, 1 and 1 images


def test_the_temperature_is_learned(batch):
    loss = InfoNCELoss(temperature=.5)
    assert loss.log_scale.exp().item() == pytest.approx(2)
    step = 1e-2
    loss(*batch).backward()
    slope = loss.log_scale.grad.item()
    values = []
    for change in (-step, step):
        with torch.no_grad():
            loss.log_scale.fill_(math.log(2) + change)
            values.append(loss(*batch).item())
    assert slope == pytest.approx((values[1] - values[0]) / 2 / step, rel=1e-3)
    # It ends at a hundredth.
    with torch.no_grad():
        loss.log_scale.fill_(9.)
    loss(*batch)
    assert loss.log_scale.exp().item() == pytest.approx(100)


@pytest.mark.parametrize('labels, actions', [
    ([0, 0, 0, 0], [0] * 4),
    ([0, 1, 2, 3], [0] * 4),
    ([0, 0, 1, 2], [0] * 4),
    ([0, 0, 1, 1], [0, 0, 1, 1]),
    ([5], [0]),
])
def test_nothing_to_tell_apart_costs_nothing(labels, actions, costs_nothing):
    costs_nothing(InfoNCELoss(within='action'), labels, actions)


def test_equal_embeddings_give_finite_gradients(finite_on_duplicates):
    finite_on_duplicates(InfoNCELoss())


@pytest.mark.parametrize('options, message', [
    (dict(within='match'), "within must be 'batch' or 'action'.*'match'"),
    (dict(temperature=0), 'temperature=0 must be 0.01 or more'),
    (dict(label_smoothing=1.), 'label_smoothing=1.0 is not in'),
])
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        InfoNCELoss(**options)
