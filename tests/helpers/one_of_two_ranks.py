"""One of two processes that evaluate together; started by the test of
``ActionRetrievalMetric``."""

import json
import pickle
import sys
from pathlib import Path
from unittest.mock import patch

import torch
from mmengine.evaluator import Evaluator
from two_ranks import join

from snreid_mm.evaluation import ActionRetrievalMetric


def main(folder):
    rank = join()
    samples = pickle.loads((folder / 'samples.pkl').read_bytes())
    size = len(samples)
    metric = ActionRetrievalMetric(
        breakdown='role',
        ranking_file=f'{folder}/two.json',
        collect_dir=f'{folder}/collect')
    evaluator = Evaluator([metric])

    # As DefaultSampler hands them out: in turns, padded from the start.
    padded = samples + samples[:size % 2]
    evaluator.process(padded[rank::2])
    scores = evaluator.evaluate(size)

    # A sampler that gives each rank a half: the image that both halves hold
    # pushes another one out.
    metric.collect_dir = f'{folder}/again'
    half = size // 2
    metric.process(None, samples[half:] if rank else samples[:half + 1])
    error = None
    # Rank 1 would wait for the scores of rank 0, which fails.
    with patch('mmengine.evaluator.metric.broadcast_object_list'):
        try:
            metric.evaluate(size)
        except ValueError as raised:
            error = str(raised)
    (folder / f'rank{rank}.json').write_text(json.dumps([scores, error]))
    torch.distributed.destroy_process_group()


if __name__ == '__main__':
    main(Path(sys.argv[1]))
