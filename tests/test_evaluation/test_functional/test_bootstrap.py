import numpy as np
import pytest

from snreid_mm.evaluation.functional import bootstrap
from snreid_mm.evaluation.functional.bootstrap import (Interval,
                                                       bootstrap_difference)


def _data(actions=40, seed=0):
    rng = np.random.default_rng(seed)
    action_idx = np.repeat(np.arange(actions), rng.integers(1, 12, actions))
    rng.shuffle(action_idx)
    before = rng.random(len(action_idx))
    # What an action adds is shared by its queries.
    shared = .2 * rng.standard_normal(actions)
    after = before + shared[action_idx] + .05
    return before, after, action_idx


def _by_hand(before, after, action_idx, resamples, seed):
    """The same, one draw at a time, from the queries themselves."""
    rng = np.random.default_rng(seed)
    actions = np.unique(action_idx)
    means = []
    for _ in range(resamples):
        drawn = rng.choice(actions, len(actions))
        rows = np.concatenate(
            [np.flatnonzero(action_idx == action) for action in drawn])
        means.append((after - before)[rows].mean())
    return np.percentile(means, [2.5, 97.5])


def test_it_draws_whole_actions():
    before, after, action_idx = _data()
    interval = bootstrap_difference(before, after, action_idx)
    assert interval.value == pytest.approx((after - before).mean())
    low, high = _by_hand(before, after, action_idx, 3000, 5)
    width = high - low
    assert interval.low == pytest.approx(low, abs=.07 * width)
    assert interval.high == pytest.approx(high, abs=.07 * width)
    # Queries drawn one by one would seem much surer than they are.
    naive = bootstrap_difference(before, after, np.arange(len(before)))
    assert naive.high - naive.low < .75 * width


def _runs(seeds, spread, actions=400):
    """Runs (S, Q) whose means differ by ``spread``, and the actions."""
    rng = np.random.default_rng(seeds)
    action_idx = np.repeat(np.arange(actions), 5)
    queries = .01 * rng.standard_normal(len(action_idx))
    level = rng.standard_normal((seeds, 1))
    level = spread * (level - level.mean()) / level.std(ddof=1)
    return queries + level, action_idx


@pytest.mark.parametrize('seeds', (2, 3, 5, 20))
def test_the_runs_are_drawn_too(seeds):
    after, action_idx = _runs(seeds, spread=.1)
    before = np.zeros(len(action_idx))
    interval = bootstrap_difference(before, after, action_idx)
    assert interval.value == pytest.approx(after.mean())
    # A third of it lies within the standard error of the mean of the runs,
    # on either side, where there are many.
    inner = bootstrap_difference(before, after, action_idx, confidence=.683)
    width = inner.high - inner.low
    error = .1 / np.sqrt(seeds)
    assert width == pytest.approx(2 * error, rel=.1 if seeds > 4 else .6)
    # The averages alone would hide it.
    alone = bootstrap_difference(before, after.mean(0), action_idx)
    assert alone.high - alone.low < .1 * width


def test_the_variance_of_drawn_runs_is_that_of_their_mean():
    after, action_idx = _runs(3, spread=.1, actions=40)
    ends = [
        bootstrap_difference(
            np.zeros(len(action_idx)), after, action_idx, confidence=share)
        for share in np.linspace(.01, .99, 99)
    ]
    drawn = np.concatenate([[each.low, each.high] for each in ends])
    assert drawn.std() == pytest.approx(.1 / np.sqrt(3), rel=.05)


def test_both_models_runs_are_drawn():
    runs, action_idx = _runs(3, spread=.1)
    once = bootstrap_difference(runs[0] * 0, runs, action_idx)
    both = bootstrap_difference(runs, runs + .5, action_idx)
    # Two runs are drawn apart: they are not paired.
    assert both.value == pytest.approx(.5)
    assert both.high - both.low > 1.2 * (once.high - once.low)
    # One run in two dimensions is the run.
    assert bootstrap_difference(runs[:1], runs[1:2], action_idx) == (
        bootstrap_difference(runs[0], runs[1], action_idx))


def test_an_action_weighs_what_its_queries_do():
    # One query that gains 1, in an action; nine that lose .1 in another.
    change = np.array([1.] + [-.1] * 9)
    interval = bootstrap_difference(
        np.zeros(10), change, np.array([7] + [3] * 9))
    assert interval.value == pytest.approx(.01)
    assert (interval.low, interval.high) == pytest.approx((-.1, 1.))


def test_a_run_against_itself_is_exactly_zero():
    before, _, action_idx = _data()
    interval = bootstrap_difference(before, before.copy(), action_idx)
    assert interval == Interval(0., 0., 0.) and interval.covers_zero
    assert bootstrap_difference([.5], [.5], [3]) == Interval(0., 0., 0.)


def test_one_action_leaves_everything_open():
    interval = bootstrap_difference([.1, .2], [.6, .6], [4, 4])
    assert interval.value == pytest.approx(.45)
    assert (interval.low, interval.high) == (-np.inf, np.inf)
    assert interval.covers_zero


def test_a_clear_gain_does_not_cover_zero():
    before, _, action_idx = _data()
    noise = np.random.default_rng(1).normal(.1, .05, len(before))
    assert not bootstrap_difference(before, before + noise,
                                    action_idx).covers_zero
    assert not bootstrap_difference(before, before - noise,
                                    action_idx).covers_zero


def test_the_settings(monkeypatch):
    data = _data()
    first = bootstrap_difference(*data, resamples=500)
    assert first == bootstrap_difference(*data, resamples=500)
    assert first != bootstrap_difference(*data, resamples=500, seed=1)
    wide = bootstrap_difference(*data, confidence=.99)
    narrow = bootstrap_difference(*data, confidence=.5)
    assert wide.low < narrow.low < narrow.high < wide.high
    # The draws do not depend on how they are cut into batches.
    monkeypatch.setattr(bootstrap, '_BATCH', 1000)
    assert bootstrap_difference(*data, resamples=500) == first


@pytest.mark.parametrize('args, kwargs, message', [
    (([1, 2], [1], [1, 2]), {}, r'shapes \(2,\), \(1,\) and \(2,\)'),
    (([], [], []), {}, 'are 0 queries'),
    (([1, np.nan], [1, 2], [1, 2]), {}, '2 queries, 1 NaN'),
    (([1], [1], [1]), dict(confidence=1), 'confidence=1'),
    (([1, 1], [1, 2], [1, 2]), dict(resamples=0),
     'n_resamples. must be positive'),
])
def test_bad_arguments(args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_difference(*args, **kwargs)
