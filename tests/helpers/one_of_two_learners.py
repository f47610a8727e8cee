"""One of two processes that compare their batches in one loss, and share an
epoch; started by tests/test_distributed.py."""

import json
import sys
from pathlib import Path

import torch
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from torch.nn.parallel import DistributedDataParallel
from two_ranks import join

from snreid_mm.registry import MODELS


class Crops(torch.utils.data.Dataset):
    """Nothing but the columns that the sampler reads."""

    def __init__(self, columns):
        self.columns = columns

    def column(self, key):
        return torch.tensor(self.columns[key]).numpy()

    def __len__(self):
        return len(self.columns['gt_label'])

    def __getitem__(self, index):
        return index


class Learner(torch.nn.Module):
    """A linear layer, and a loss that may have parameters too."""

    def __init__(self, config):
        super().__init__()
        torch.manual_seed(0)
        # Distances do not see a bias.
        self.net = torch.nn.Linear(8, 5, bias=False, dtype=torch.float64)
        self.loss = MODELS.build(config)

    def forward(self, inputs, labels, actions):
        more = ()
        if getattr(self.loss, 'needs_actions', False):
            more = (actions, )
        return self.loss(self.net(inputs), labels, *more)


def gradients(learner):
    return {name: p.grad for name, p in learner.named_parameters()}


def learn(rank, folder):
    batch = torch.load(folder / 'batch.pt')
    half = slice(6 * rank, 6 * rank + 6)
    for name, config in torch.load(folder / 'losses.pt').items():
        learner = Learner(config)
        # Its reducer lives as long as it has a name.
        parallel = DistributedDataParallel(learner)
        loss = parallel(*(column[half] for column in batch))
        loss.backward()
        torch.save((loss.detach(), gradients(learner)),
                   folder / f'{name}-{rank}.pt')


def sample(rank, folder):
    columns, samplers = json.loads((folder / 'samplers.json').read_text())
    drawn = []
    for sampler in samplers:
        loader = Runner.build_dataloader(
            dict(
                dataset=Crops(columns),
                batch_size=4,
                num_workers=0,
                sampler=sampler,
                collate_fn=dict(type='default_collate')))
        epochs = []
        for epoch in range(2):
            loader.sampler.set_epoch(epoch)
            epochs.append([batch.tolist() for batch in loader])
        drawn.append(epochs)
    (folder / f'drawn-{rank}.json').write_text(json.dumps(drawn))


def main(folder):
    rank = join()
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        learn(rank, folder)
        sample(rank, folder)
    torch.distributed.destroy_process_group()


if __name__ == '__main__':
    main(Path(sys.argv[1]))
