"""The classifier of the queries' own frame, fitted on the train split."""

from typing import Dict, List, Sequence, Tuple

import numpy as np
from scipy.stats import mannwhitneyu
from tqdm import tqdm

from snreid_mm.evaluation.functional.matching import (OwnFrameClassifier,
                                                      fit_own_frame,
                                                      training_groups)
from snreid_mm.evaluation.metrics.matching_files import read_cues
from snreid_mm.soccernet import load_index
from snreid_mm.soccernet.index import select_fraction
from .data_stamp import stamp_split


def fit_on_train(data_root: str,
                 fraction: float = 1.,
                 decay: float = .01) -> Tuple[OwnFrameClassifier, Dict]:
    """Fit, on pixels of train, which gallery crops stand in the queries' own
    frame, and measure on valid how well they are found.

    Args:
        data_root (str): The folder that holds the splits.
        fraction (float): The share of the training actions to use. Defaults
            to 1.
        decay (float): The weight of the squared weights. Defaults to 0.01.

    Returns:
        tuple[OwnFrameClassifier, dict]: The classifier, and what it was
        fitted on.

    Raises:
        ValueError: If the fraction or the decay is out of range, or a crop
            cannot be read.
    """
    if not 0 < fraction <= 1 or not 0 < decay < np.inf:
        raise ValueError('--fraction must be in (0, 1] and --decay positive.')
    records = select_fraction(load_index(data_root, 'train'), fraction)
    groups = _train_groups(records)
    classifier = fit_own_frame(groups, decay)
    area = _area_under_curve(
        classifier, _valid_groups(load_index(data_root, 'valid')))
    return classifier, dict(
        split='train',
        annotations=stamp_split(data_root, 'train'),
        fraction=fraction,
        decay=decay,
        actions=len(groups),
        valid_area_under_curve=area)


def _column(records: Sequence[dict], key: str) -> np.ndarray:
    return np.array([record[key] for record in records])


def _cues_of(records: Sequence[dict], split: str) -> np.ndarray:
    """The cues of every crop, shape (N, C)."""
    return np.stack([
        read_cues(record['img_path'])
        for record in tqdm(records, unit='crop', desc=split)
    ])


def _train_groups(records: Sequence[dict]) -> List[tuple]:
    """The cues of each training action, and what stands in the own frame."""
    cues = _cues_of(records, 'train')
    return [(cues[query], cues[gallery], own)
            for query, gallery, own in training_groups(
                *(_column(records, key)
                  for key in ('action_idx', 'frame_idx', 'person_uid')))]


def _valid_groups(records: Sequence[dict]):
    """Likewise of valid, whose queries and gallery are given."""
    cues = _cues_of(records, 'valid')
    action, frame = _column(records, 'action_idx'), _column(
        records, 'frame_idx')
    is_query = _column(records, 'subset') == 'query'
    for index in np.unique(action[is_query]):
        query = (action == index) & is_query
        gallery = (action == index) & ~is_query
        yield (cues[query], cues[gallery],
               frame[gallery] == frame[query][0])


def _area_under_curve(classifier: OwnFrameClassifier, groups) -> float:
    """How often a crop of the own frame is more likely than another."""
    odds, own = (np.concatenate(parts) for parts in zip(
        *((classifier.log_odds(query, gallery), own)
          for query, gallery, own in groups)))
    if own.all() or not own.any():
        return float('nan')
    return mannwhitneyu(odds[own], odds[~own]).statistic / (
        own.sum() * (~own).sum())
