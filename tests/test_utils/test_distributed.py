import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch.distributed as dist
from mmengine.config import Config
from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from snreid_mm.utils.distributed import distribute_on_cpu, unwrap


@pytest.mark.parametrize(('launcher', 'gpu'), [('none', False),
                                               ('pytorch', True),
                                               ('slurm', True)])
def test_nothing_is_done_for_one_process_or_with_a_gpu(monkeypatch, launcher,
                                                       gpu):
    monkeypatch.setattr('torch.cuda.is_available', lambda: gpu)
    cfg = Config(dict(launcher=launcher))
    distribute_on_cpu(cfg)
    assert cfg.to_dict() == dict(launcher=launcher)
    assert not dist.is_initialized()


def test_a_launcher_that_needs_a_gpu_is_refused(monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    with pytest.raises(ValueError, match='--launcher slurm needs a GPU'):
        distribute_on_cpu(Config(dict(launcher='slurm')))


def test_unwrap(monkeypatch):
    model = nn.Linear(1, 1)
    assert unwrap(model) is model
    # One process has no group, which a real wrapper needs.
    monkeypatch.setitem(MODEL_WRAPPERS.module_dict, 'Parallel',
                        nn.DataParallel)
    assert unwrap(nn.DataParallel(model)) is model


# What a tool does, and what is left of it when the interpreter ends.
RUN = '''
import atexit
from pathlib import Path

import torch
from mmengine.config import Config
from torch.nn.parallel import DistributedDataParallel

from snreid_mm.utils.distributed import distribute_on_cpu


def threads():
    return len(list(Path('/proc/self/task').iterdir()))


def main():
    distribute_on_cpu(Config(dict(launcher='pytorch')))
    model = DistributedDataParallel(torch.nn.Linear(1, 1))
    model.runner = dict(model=model)
    model(torch.ones(1, 1)).backward()
    assert threads() > before


before = threads()
# After the functions that are registered later.
atexit.register(lambda: print(threads() - before))
main()
'''


@pytest.mark.skipif(
    not Path('/proc/self/task').is_dir(), reason='needs Linux\'s /proc')
def test_no_thread_of_gloo_outlives_the_interpreter():
    done = subprocess.run([sys.executable, '-c', RUN],
                          env=dict(
                              os.environ,
                              CUDA_VISIBLE_DEVICES='',
                              RANK='0',
                              WORLD_SIZE='1',
                              MASTER_ADDR='localhost',
                              MASTER_PORT='0'),
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == '0\n'
