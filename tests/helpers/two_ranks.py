"""Two processes that work together, on the CPU, started by torchrun's own
launcher; but from one that has imported already what they need, so that they
share its environment and the hashes of strings."""

import multiprocessing
import os
import runpy
import sys
import traceback
from pathlib import Path

import numpy as np
import torch
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher import LaunchConfig, elastic_launch

HELPERS = Path(__file__).parent
# What can be imported without this process's sys.path; what cannot be is left
# out in silence.
multiprocessing.set_forkserver_preload([
    'mmpretrain.apis', 'mmpretrain.datasets', 'mmpretrain.models',
    'mmpretrain.evaluation', 'mmpretrain.engine', 'snreid_mm'
])


def run_by_two(script, folder, *args):
    """Run a script in two processes, which import from a folder first, and
    leave what they print in its ``rank0.log`` and ``rank1.log``.

    Raises:
        ChildFailedError: If one has failed.
    """
    # A free port of this machine.
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=2,
        max_restarts=0,
        monitor_interval=.1,
        rdzv_backend='c10d',
        rdzv_endpoint='localhost:0',
        local_addr='localhost',
        start_method='forkserver')
    try:
        elastic_launch(config, _run_script)(
            str(script), str(folder), list(map(str, args)))
    except ChildFailedError:
        for log in sorted(Path(folder).glob('rank?.log')):
            print(f'{log.name}:', log.read_text()[-3000:])
        raise


def _run_script(script, folder, args):
    log = os.open(f'{folder}/rank{os.environ["RANK"]}.log',
                  os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    np.random.seed()  # the fork has copied its state
    sys.argv = [script, *args]
    sys.path.insert(0, folder)
    try:
        runpy.run_path(script, run_name='__main__')
    except Exception:
        # The launcher tells of one rank alone, who may not be the first.
        traceback.print_exc()
        raise


def join():
    """Make the process group, in one of the two; return its rank."""
    torch.distributed.init_process_group('gloo')
    return torch.distributed.get_rank()
