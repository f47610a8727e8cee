import pytest
import torch.distributed as dist
from mmengine.config import Config

from snreid_mm.utils.distributed import distribute_on_cpu


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
