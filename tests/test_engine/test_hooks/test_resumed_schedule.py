import pytest
import torch
from mmengine.optim import CosineAnnealingLR, StepLR

from snreid_mm.engine.hooks.resumed_schedule import (changed_curves, flatten,
                                                     move_ends)


def _optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


def _run(scheduler, steps):
    rates = []
    for _ in range(steps):
        rates.append(scheduler.optimizer.param_groups[0]['lr'])
        scheduler.optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize('stop', [1, 2, 3, 4])
def test_a_lengthened_schedule_equals_one_that_was_long(stop):
    # The first run ends after 4 steps; it is stopped after `stop` of them.
    first = StepLR(_optimizer(), step_size=2, end=4)
    rates = _run(first, stop)
    state = first.state_dict()

    optimizer = _optimizer()
    second = StepLR(optimizer, step_size=2, end=9)
    assert list(changed_curves([second], [state])) == []
    waiting = move_ends([second], [state])
    optimizer.load_state_dict(first.optimizer.state_dict())
    second.load_state_dict(state)
    for scheduler in waiting:
        scheduler.step()
    rates += _run(second, 9 - stop)

    assert len(waiting) == (stop == 4)
    assert rates == pytest.approx(
        _run(StepLR(_optimizer(), step_size=2, end=9), 9))


def test_another_curve_is_found_by_name():
    old = CosineAnnealingLR(_optimizer(), end=10)
    new = CosineAnnealingLR(_optimizer(), end=20)
    assert list(changed_curves([new], [old.state_dict()])) == [
        ('param_scheduler.0.T_max', 10, 20)
    ]


def test_schedulers_of_several_optimizers_are_put_in_one_list():
    assert flatten(None) == []
    assert flatten(['a']) == ['a']
    assert flatten(dict(one=['a', 'b'], two=['c'])) == ['a', 'b', 'c']
