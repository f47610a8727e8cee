"""How far a training is, read from outside."""

import json
import math
from pathlib import Path
from typing import Tuple


def training_progress(work_dir: Path, train_cfg: dict) -> Tuple[str, float]:
    """Read how far a training is from the scalars that MMEngine writes.

    Args:
        work_dir (Path): The folder of the training.
        train_cfg (dict): The ``train_cfg`` of its config: by what it counts,
            and to where.

    Returns:
        tuple[str, float]: The epoch or iteration in words, ``'waiting'``
        before the first, and the share that is done, between 0 and 1.
    """
    found = sorted(Path(work_dir).glob('*/vis_data/scalars.json'))
    # The last line may not be whole yet.
    lines = found[-1].read_text().split('\n')[:-1] if found else []
    if not lines:
        return 'waiting', 0.
    last = json.loads(lines[-1])
    by_epoch, done = train_cfg.get('by_epoch', True), last['step']
    if by_epoch and 'epoch' in last:
        done = last['epoch'] - .5  # the middle of it, on average
    total = train_cfg.get('max_epochs' if by_epoch else 'max_iters')
    return (f'{"epoch" if by_epoch else "iteration"} {math.ceil(done)}',
            min(done / (total or math.inf), 1.))
