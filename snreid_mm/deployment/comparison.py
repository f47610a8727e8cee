"""Whether an exported file still does what the model does."""

from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence

import numpy as np
import torch

from snreid_mm.evaluation.functional import (chance_scores,
                                             rank_within_actions,
                                             score_rankings)
from snreid_mm.models import PlayerReID
from snreid_mm.models.functional import batch_spread
from snreid_mm.soccernet import SUBSETS
from snreid_mm.structures import Crops
from .onnx_backend import OnnxBackend

# A float32 file computes the same but for rounding.
_SAME = 1e-4
# What is left of the spread, and of the mAP above chance, in a file that has
# not collapsed.
_LEFT = .5
# By how many per cent points, and how many standard errors of the mean over
# the queries, a model that has learned something is above chance.
_POINTS, _ERRORS = 5, 3
_SPREAD_OF = 512  # embeddings, for all pairs are compared


@dataclass(frozen=True)
class Comparison:
    """What an exported file does beside the model that it was made of.

    Args:
        crops (int): On how many crops.
        max_distance (float): The largest cosine distance of the two
            embeddings of a crop; NaN if an embedding holds NaN or Inf.
        mean_distance (float): The mean of it.
        spreads (tuple[float, float]): The mean distance of the embeddings of
            two crops, at unit length: the model's, the file's.
        scores (tuple[dict, dict], optional): The scores of both in per cent,
            ``mAP`` and ``rank-1``; None without crops of a data set.
        chance (dict, optional): What chance scores.
        error (float, optional): The standard error of the model's mAP.
    """

    crops: int
    max_distance: float
    mean_distance: float
    spreads: Sequence[float]
    scores: Optional[Sequence[Dict[str, float]]] = None
    chance: Optional[Dict[str, float]] = None
    error: Optional[float] = None

    @classmethod
    def of(cls,
           model: np.ndarray,
           file: np.ndarray,
           records: Optional[Sequence[dict]] = None) -> 'Comparison':
        """Compare embeddings.

        Args:
            model (np.ndarray): The model's, of shape (N, D).
            file (np.ndarray): The file's, likewise.
            records (Sequence[dict], optional): What the crops are, to rank
                them. Defaults to None.
        """
        distances = np.full(len(model), np.nan)
        if np.isfinite(file).all():
            distances = _cosine_distances(model, file)
        both = model, file
        step = -(-len(model) // _SPREAD_OF)
        spreads = tuple(
            batch_spread(torch.from_numpy(each[::step]))[0] for each in both)
        scores = chance = error = None
        if records is not None and np.isfinite(file).all():
            scored = [_score(each, records) for each in both]
            scores = tuple(each.summary((1, )) for each in scored)
            chance = chance_scores(scored[0].gallery_sizes,
                                   scored[0].n_matches, (1, ))
            precision = 100 * scored[0].average_precision
            error = float(precision.std() / np.sqrt(len(precision)))
        return cls(
            len(model), float(distances.max()), float(distances.mean()),
            spreads, scores, chance, error)

    def fault(self, is_float32: bool) -> Optional[str]:
        """Say what makes the file useless.

        Args:
            is_float32 (bool): Whether it should equal the model but for
                rounding.

        Returns:
            str | None: A clause, or None if it is good.
        """
        if np.isnan(self.max_distance):
            return 'its embeddings hold NaN or Inf'
        if is_float32 and self.max_distance > _SAME:
            return ('its embeddings are not the model\'s: the cosine distance '
                    f'is up to {self.max_distance:.2g}, and in float32 at '
                    f'most {_SAME:g} is rounding')
        before, after = self.spreads
        if after < _LEFT * before:
            return ('its embeddings hardly differ: the mean distance of two '
                    f'crops is {after:.2g}, the model\'s {before:.2g}')
        if self.scores is not None:
            before, after = (each['mAP'] for each in self.scores)
            chance = self.chance['mAP']
            gain = before - chance
            if gain > max(_POINTS, _ERRORS * self.error) and (
                    after - chance < _LEFT * gain):
                return (f'it ranks with {after:.2f} mAP, the model with '
                        f'{before:.2f} and chance with {chance:.2f}')
        return None


@torch.no_grad()
def compare_with_model(backend: OnnxBackend,
                       model: PlayerReID,
                       samples: Sequence[dict],
                       batch_size: int = 32,
                       scored: bool = True) -> Comparison:
    """Compute the embeddings of an exported file and of its model.

    Args:
        backend (OnnxBackend): The file.
        model (PlayerReID): The model.
        samples (Sequence[dict]): What the test pipeline gives: ``inputs``
            and, to score, ``data_samples`` of whole actions.
        batch_size (int): How many crops the model sees at once. Defaults to
            32.
        scored (bool): Whether to rank and score. Defaults to True.
    """
    embeddings: List[List[np.ndarray]] = [[], []]
    records = []
    for begin in range(0, len(samples), batch_size):
        batch = [
            samples[i]
            for i in range(begin, min(begin + batch_size, len(samples)))
        ]
        images = torch.stack([each['inputs'] for each in batch])
        outputs = model.test_step(dict(inputs=images))
        embeddings[0].append(
            torch.stack([each.embedding for each in outputs]).numpy())
        embeddings[1].append(backend.embed_images(images.numpy()))
        if scored:
            records += [each['data_samples'].metainfo for each in batch]
    model_s, file_s = (np.concatenate(each) for each in embeddings)
    return Comparison.of(model_s, file_s, records if scored else None)


def _cosine_distances(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Compute 1 - cos of each pair of rows, in float64, which has the digits
    for it."""
    one, two = one.astype(np.float64), two.astype(np.float64)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    return 1 - (one * two).sum(1) / np.maximum(lengths, 1e-30)


def _score(embeddings: np.ndarray, records: Sequence[dict]):
    lists, parts = [], []
    for subset in SUBSETS:
        rows = [
            i for i, record in enumerate(records)
            if record['subset'] == subset
        ]
        lists.append(Crops.from_records([records[i] for i in rows], subset))
        parts.append(embeddings[rows])
    unlabelled = [crops.without_labels() for crops in lists]
    return score_rankings(rank_within_actions(*parts, *unlabelled), *lists)
