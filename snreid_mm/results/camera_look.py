"""How a camera's picture looks, learned from which crops share a frame."""

from typing import List, Tuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from tqdm import trange

from snreid_mm.evaluation.functional.matching import (FRAME_CUES,
                                                      OwnFrameClassifier)

_WIDTH, _DIMS, _RATE, _DECAY = 64, 16, 5e-3, 1e-2


class _CameraLook(nn.Module):
    """What :class:`OwnFrameClassifier` computes, with gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(len(FRAME_CUES), _DIMS, bias=False)
        self.hidden = nn.Linear(len(FRAME_CUES), _WIDTH)
        self.output = nn.Linear(_WIDTH, _DIMS, bias=False)
        self.slope = nn.Parameter(torch.ones(()))
        self.bias = nn.Parameter(torch.ones(()))

    def forward(self, cues: torch.Tensor) -> torch.Tensor:
        """Log-odds that two crops share a frame, shape (N, N), of scaled cues
        (N, C)."""
        looks = self.linear(cues) + self.output(F.relu(self.hidden(cues)))
        return self.bias - self.slope * torch.cdist(looks, looks)


def fit_camera_look(actions: List[Tuple[np.ndarray, np.ndarray]],
                    steps: int = 2000,
                    progress: bool = False) -> OwnFrameClassifier:
    """Fit the classifier of the queries' own frame.

    Any two crops of an action are a pair, which is of one frame or of two; an
    action is a batch. The loss is the cross-entropy of the pairs. Neither
    identities nor which frame is the action's are used.

    Args:
        actions (list[tuple[np.ndarray, np.ndarray]]): For each action the
            :func:`frame_cues` of its crops, shape (N, C), and the index of
            each crop's frame, shape (N, ).
        steps (int): How many batches to learn from. Defaults to 2000.
        progress (bool): Whether to show a progress bar. Defaults to False.

    Returns:
        OwnFrameClassifier: The classifier. It depends on the actions alone:
        the seed is fixed.

    Raises:
        ValueError: If no action has crops of two frames.
    """
    actions = [(cues, frames) for cues, frames in actions
               if len(np.unique(frames)) > 1]
    if not actions:
        raise ValueError(
            'The look of a camera is learned from actions with crops of two '
            'or more frames, and there is none: use a larger train split.')
    scale = np.sqrt(np.mean([cues.var(0) for cues, _ in actions], 0))
    scale[scale == 0] = 1
    batches = []
    for cues, frames in actions:
        # Not the diagonal: a crop tells nothing beside itself.
        first, second = np.triu_indices(len(cues), 1)
        batches.append(
            (torch.from_numpy((cues - cues.mean(0)) / scale).float(),
             torch.from_numpy(first), torch.from_numpy(second),
             torch.from_numpy(frames[first] == frames[second]).float()))
    order = np.random.default_rng(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = _CameraLook()
    optimizer = torch.optim.AdamW(
        network.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, steps)
    waiting = []
    for _ in trange(steps, desc='look', unit='step', disable=not progress):
        if not waiting:
            waiting = order.permutation(len(batches)).tolist()
        cues, first, second, same = batches[waiting.pop()]
        loss = F.binary_cross_entropy_with_logits(
            network(cues)[first, second], same)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    values = {
        name.replace('.weight', '').replace('.bias', '_bias'): value.numpy()
        for name, value in network.state_dict().items()
    }
    return OwnFrameClassifier(scale, **values)
