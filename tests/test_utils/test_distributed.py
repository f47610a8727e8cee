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
