import gc
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from snreid_mm.engine import CostHook
from snreid_mm.engine.hooks import cost_hook
from snreid_mm.engine.hooks.cost_hook import (count_model,
                                              embedding_parameters,
                                              peak_process_memory,
                                              reset_peak_memory)
from snreid_mm.registry import HOOKS

BATCH = dict(inputs=[torch.zeros(3, 8, 4)] * 6)


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(time=0.)
    monkeypatch.setattr(cost_hook.time, 'perf_counter', lambda: now.time)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    return now


def _train(hook, clock, seconds, start=0):
    runner = SimpleNamespace(iter=start)
    hook.before_train(runner)
    hook.before_train_epoch(runner)
    for i, each in enumerate(seconds):
        clock.time += each
        hook.after_train_iter(runner, i, BATCH)
    return runner


def test_it_is_registered():
    hook = HOOKS.build(dict(type='snreid_mm.CostHook'))
    assert type(hook) is CostHook and hook.train_file is None


def test_the_first_ten_batches_are_left_out(clock, tmp_path):
    hook = CostHook(train_file=str(tmp_path / 'train.json'))
    hook.after_train(_train(hook, clock, [100.] * 10 + [2.] * 15))
    measured = json.loads((tmp_path / 'train.json').read_text())
    assert measured['images'] == 15 * 6
    assert measured['images_per_second'] == pytest.approx(3)
    assert measured['device'] == 'cpu'
    assert 10e6 < measured['memory_before'] <= measured['peak_memory'] < 1e12


def test_of_few_batches_half_are_left_out(clock, tmp_path):
    hook = CostHook(train_file=str(tmp_path / 'train.json'))
    hook.after_train(_train(hook, clock, [9., 9., 2., 2.]))
    measured = json.loads((tmp_path / 'train.json').read_text())
    assert (measured['images'], measured['seconds']) == (12, 4.)


def test_validation_is_left_out(clock, tmp_path):
    hook = CostHook(train_file=str(tmp_path / 'train.json'))
    runner = _train(hook, clock, [5., 1.])
    clock.time += 1000
    hook.after_val_epoch(runner)
    clock.time += 3
    hook.after_train_iter(runner, 2, BATCH)
    hook.after_train(runner)
    measured = json.loads((tmp_path / 'train.json').read_text())
    assert measured['seconds'] == 1 + 3


def test_a_resumed_training_adds_to_its_first_part(clock, tmp_path):
    path = tmp_path / 'train.json'
    hook = CostHook(train_file=str(path))
    runner = _train(hook, clock, [1.] * 20)
    hook.before_save_checkpoint(runner, {})
    first = json.loads(path.read_text())
    again = CostHook(train_file=str(path))
    again.after_train(_train(again, clock, [4.] * 20, start=20))
    measured = json.loads(path.read_text())
    assert measured['images'] == 2 * first['images'] == 120
    assert measured['seconds'] == 10 + 40
    # A training that starts anew does not.
    anew = CostHook(train_file=str(path))
    anew.after_train(_train(anew, clock, [1.] * 20))
    assert json.loads(path.read_text())['images'] == 60


def test_a_test_counts_the_model_too(clock, tmp_path):
    hook = CostHook(test_file=str(tmp_path / 'test.json'))
    model = nn.Sequential(nn.Conv2d(3, 5, 1, bias=False)).eval()
    runner = SimpleNamespace(model=model)
    hook.before_test_epoch(runner)
    for i in range(2):
        clock.time += 2
        hook.after_test_iter(runner, i, BATCH)
    hook.after_test_epoch(runner, {})
    measured = json.loads((tmp_path / 'test.json').read_text())
    assert measured['images_per_second'] == 3
    assert measured['parameters'] == 15
    assert measured['macs'] == 8 * 4 * 15
    assert measured['image_size'] == [8, 4]


def test_without_files_nothing_is_written(clock, tmp_path):
    hook = CostHook()
    hook.after_train(_train(hook, clock, [1.] * 4))
    assert not list(tmp_path.iterdir())


def test_a_model_that_cannot_be_traced_has_no_count():

    class Odd(nn.Module):

        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(7))

        def forward(self, images):
            raise RuntimeError('not today')

    counted = count_model(Odd().eval(), (3, 8, 4))
    assert counted == dict(parameters=7, macs=None, image_size=[8, 4])


@pytest.mark.parametrize('attributes, counted', [
    (dict(), 15 + 12 + 42),
    (dict(free=('head', 'taps')), 15),
    (dict(free=('head', 'taps'), guarded=('backbone', 'taps')), 15 + 42),
    (dict(free=('head', 'taps'), taps=None), 15),
])
def test_what_only_training_needs_is_not_counted(attributes, counted):
    model = nn.Module()
    model.backbone = nn.Conv2d(3, 5, 1, bias=False)
    model.head = nn.Linear(5, 2)
    model.taps = nn.Linear(5, 7)
    for name, value in attributes.items():
        setattr(model, name, value)
    assert embedding_parameters(model) == counted


def _can_reset():
    return os.access('/proc/self/clear_refs', os.W_OK)


LOOP = '''
import sys
from types import SimpleNamespace
import torch
from snreid_mm.engine import CostHook

# What was in use once, but not in the loop, does not count.
torch.ones(2**26)  # 256 MB, freed at once
hook = CostHook(train_file=sys.argv[1])
runner = SimpleNamespace(iter=0)
hook.before_train(runner)
hook.before_train_epoch(runner)
for i in range(2):
    torch.ones(2**25)  # 128 MB
    hook.after_train_iter(runner, i, dict(inputs=[torch.zeros(3, 8, 4)] * 6))
hook.after_train(runner)
'''


@pytest.mark.skipif(not _can_reset(), reason='a feature of Linux')
def test_the_peak_is_that_of_the_loop(tmp_path):
    # In a process of its own: what other tests left may be freed meanwhile.
    path = tmp_path / 'train.json'
    subprocess.run([sys.executable, '-W', 'ignore', '-c', LOOP,
                    str(path)],
                   check=True)
    measured = json.loads(path.read_text())
    assert measured['memory_before'] > 50e6
    grown = measured['peak_memory'] - measured['memory_before']
    assert 100e6 < grown < 200e6


@pytest.mark.skipif(not _can_reset(), reason='a feature of Linux')
def test_peak_memory_grows_with_what_is_held():
    gc.collect()  # or what another test left is freed meanwhile
    reset_peak_memory()
    before = peak_process_memory()
    held = torch.ones(2**26)  # 256 MB
    # The system may take back pages of the process meanwhile.
    assert peak_process_memory() - before > .5 * held.numel() * 4
