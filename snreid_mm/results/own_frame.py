"""The classifier of the queries' own frame, fitted on the train split."""

from typing import Dict, List, Sequence, Tuple

import numpy as np
from scipy.stats import mannwhitneyu

from snreid_mm.evaluation.functional.matching import OwnFrameClassifier
from snreid_mm.evaluation.metrics.matching_files import read_cues
from snreid_mm.soccernet import load_index
from snreid_mm.soccernet.index import select_fraction
from .camera_look import fit_camera_look
from .data_stamp import stamp_split


def fit_on_train(data_root: str,
                 fraction: float = 1.,
                 steps: int = 2000) -> Tuple[OwnFrameClassifier, Dict]:
    """Fit, on pixels of train, which gallery crops stand in the queries' own
    frame, and measure on valid how well they are found.

    Args:
        data_root (str): The folder that holds the splits.
        fraction (float): The share of the training actions to use. Defaults
            to 1.
        steps (int): How many actions to learn from, one after another and
            again. Defaults to 2000.

    Returns:
        tuple[OwnFrameClassifier, dict]: The classifier, and what it was
        fitted on.

    Raises:
        ValueError: If the fraction or the steps are out of range, a crop
            cannot be read, or no training action has two frames.
    """
    if not 0 < fraction <= 1 or steps < 1:
        raise ValueError('--fraction must be in (0, 1] and --steps positive.')
    records = select_fraction(load_index(data_root, 'train'), fraction)
    actions = _train_actions(records)
    classifier = fit_camera_look(actions, steps, progress=True)
    area = _area_under_curve(
        classifier, _valid_groups(load_index(data_root, 'valid')))
    return classifier, dict(
        split='train',
        annotations=stamp_split(data_root, 'train'),
        fraction=fraction,
        steps=steps,
        actions=len(actions),
        valid_area_under_curve=area)


def _column(records: Sequence[dict], key: str) -> np.ndarray:
    return np.array([record[key] for record in records])


def _cues_of(records: Sequence[dict], split: str) -> np.ndarray:
    """The cues of every crop, shape (N, C)."""
    return read_cues([record['img_path'] for record in records], split)


def _by_action(action: np.ndarray) -> List[np.ndarray]:
    """The positions of each action's crops."""
    order = action.argsort(kind='stable')
    return np.split(order, np.flatnonzero(np.diff(action[order])) + 1)


def _train_actions(
        records: Sequence[dict]) -> List[Tuple[np.ndarray, np.ndarray]]:
    """The cues and the frames of each action's crops."""
    cues = _cues_of(records, 'train')
    frame = _column(records, 'frame_idx')
    return [(cues[rows], frame[rows])
            for rows in _by_action(_column(records, 'action_idx'))]


def _valid_groups(records: Sequence[dict]):
    """Of each action of valid the cues of its queries and of its gallery, and
    which of these stand in the frame of the queries."""
    cues = _cues_of(records, 'valid')
    frame = _column(records, 'frame_idx')
    is_query = _column(records, 'subset') == 'query'
    for rows in _by_action(_column(records, 'action_idx')):
        query, gallery = rows[is_query[rows]], rows[~is_query[rows]]
        if len(query):
            yield (cues[query], cues[gallery],
                   frame[gallery] == frame[query[0]])


def _area_under_curve(classifier: OwnFrameClassifier, groups) -> float:
    """How often a crop of the own frame is more likely than another."""
    odds, own = (np.concatenate(parts) for parts in zip(
        *((classifier.log_odds(query, gallery), own)
          for query, gallery, own in groups)))
    if own.all() or not own.any():
        return float('nan')
    return mannwhitneyu(odds[own], odds[~own]).statistic / (
        own.sum() * (~own).sum())
