"""One of two processes that train a neck together; started by the test of
``CompactBilinearPooling``."""

import sys
from pathlib import Path

import torch
from torch.nn.parallel import DistributedDataParallel
from two_ranks import join

from snreid_mm.models import CompactBilinearPooling


def main(folder):
    rank = join()
    inputs = torch.load(folder / 'inputs.pt')
    torch.manual_seed(rank)
    neck = CompactBilinearPooling(
        seed=rank, **torch.load(folder / 'config.pt'))
    if rank == 0:
        neck.load_state_dict(torch.load(folder / 'neck.pt'))
    model = DistributedDataParallel(neck)
    half = slice(2 * rank, 2 * rank + 2)
    embedding = model(tuple(x[half] for x in inputs['maps']))[-1]
    (embedding * inputs['weights'][half]).sum().backward()
    torch.save(
        dict(
            embedding=embedding.detach(),
            grad=neck.appearance_proj.conv.weight.grad,
            state=neck.state_dict()), folder / f'rank{rank}.pt')
    torch.distributed.destroy_process_group()


if __name__ == '__main__':
    main(Path(sys.argv[1]))
