"""Two processes that work together, on the CPU."""

import os
import subprocess
import sys
from pathlib import Path

import torch

import snreid_mm

HELPERS = Path(__file__).parent


def run_two_ranks(script, folder):
    """Run ``python SCRIPT RANK FOLDER`` for both ranks to their ends."""
    env = dict(
        os.environ,
        OMP_NUM_THREADS='1',
        PYTHONPATH=os.pathsep.join(
            [str(Path(snreid_mm.__file__).parents[1]), *sys.path]))
    ranks = [
        subprocess.Popen(
            [sys.executable, HELPERS / script, str(rank), folder],
            env=env,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True) for rank in range(2)
    ]
    for process in ranks:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors


def join(folder, rank):
    """Make the process group, in one of the two."""
    torch.distributed.init_process_group(
        'gloo',
        init_method=f'file://{folder}/store',
        rank=rank,
        world_size=2)
