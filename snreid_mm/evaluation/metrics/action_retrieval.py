import logging
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MessageHub, print_log

from snreid_mm.registry import METRICS
from snreid_mm.soccernet import SUBSETS, write_ranking_file
from snreid_mm.structures import Crops, Rankings
from ..functional import (QueryScores, breakdown, chance_scores,
                          group_by_height, group_by_name, rank_within_actions,
                          score_rankings)

# The column of a query, the meta key that it comes from, and its groups.
_BREAKDOWNS = dict(
    role=('role', 'role', group_by_name),
    size=('height', 'ori_shape', group_by_height))
# One image that two processes embedded in different batches comes out a
# little different; in half precision by about a thousandth.
_SAME_EMBEDDING = 1e-2


@METRICS.register_module()
class ActionRetrievalMetric(BaseMetric):
    """SoccerNet's re-identification metric: mAP and rank-k within the action.

    Each query is ranked by Euclidean distance against the whole gallery of
    its own action, and nothing else. The scores equal those of
    ``SoccerNet.Evaluation.ReIdentification.evaluate`` on the ranking file
    that this metric writes: ties are settled once, by a fixed pseudo-random
    rule, and that order is both written and scored (see
    :func:`~snreid_mm.evaluation.functional.rank_within_actions`).

    The samples must bring the field ``embedding``, shape (D, ), and the meta
    keys ``bbox_idx``, ``action_idx`` and ``subset`` (``'query'`` or
    ``'gallery'``), which ``PackInputs(meta_keys=...)`` passes on; ``img_path``
    for messages; ``person_uid`` to score; ``role`` and ``ori_shape`` for the
    breakdowns. Labels are read after the ranking is made and cannot change
    it. A split without labels (challenge) is ranked, and its ranking written,
    but not scored.

    Args:
        topk (int | Sequence[int]): The k of each rank-k. Defaults to
            (1, 5, 10).
        breakdown (str | Sequence[str]): Also score each ``'role'`` (class of
            the query) or each ``'size'`` (height of the query crop in
            pixels: under 64, 64 to 127, 128 to 255, from 256). Keys such as
            ``reid/role/Main_referee/mAP`` and
            ``reid/size/under_64px/queries``. Defaults to (), neither.
        ranking_file (str, optional): Write the rankings to this ``.json``
            file, as SoccerNet's evaluator reads it. A relative path counts
            from the current directory. Every validation of a training run
            overwrites it. Defaults to None, which writes none.
        zip_rankings (bool): Also write ``ranking_file`` with ``.zip`` for
            ``.json``, as the challenge server takes it. Defaults to False.
        collect_device (str): Device that collects the results of all ranks,
            'cpu' or 'gpu'. Defaults to 'cpu'.
        collect_dir (str, optional): Folder that the ranks exchange results
            in, shared by all, if ``collect_device`` is 'cpu'. Defaults to
            None, a temporary one.
        prefix (str, optional): Stands before the metric names. Defaults to
            None, which means ``'reid'``: ``save_best='reid/mAP'``.

    Raises:
        ValueError: If an argument is wrong; in ``evaluate``, if a result is
            missing, an embedding holds NaN or Inf, two results contradict
            each other, or a query has no gallery or no match. The message
            names the image.

    Examples:
        In a config:

        >>> val_evaluator = dict(type='snreid_mm.ActionRetrievalMetric')
        >>> test_evaluator = dict(
        ...     type='snreid_mm.ActionRetrievalMetric',
        ...     breakdown=('role', 'size'),
        ...     ranking_file='work_dirs/ranking_test.json')
    """

    default_prefix: Optional[str] = 'reid'

    def __init__(self,
                 *,
                 topk: Union[int, Sequence[int]] = (1, 5, 10),
                 breakdown: Union[str, Sequence[str]] = (),
                 ranking_file: Optional[str] = None,
                 zip_rankings: bool = False,
                 collect_device: str = 'cpu',
                 collect_dir: Optional[str] = None,
                 prefix: Optional[str] = None):
        self.topk = (topk, ) if isinstance(topk, int) else tuple(topk)
        self.breakdown = ((breakdown, ) if isinstance(breakdown, str) else
                          tuple(breakdown))
        unknown = set(self.breakdown) - set(_BREAKDOWNS)
        if unknown:
            raise ValueError(f'breakdown must be of {list(_BREAKDOWNS)}, but '
                             f'has {sorted(unknown)}.')
        # Both would come out only after the whole test.
        if ((ranking_file is None and zip_rankings) or
            (ranking_file is not None
             and not str(ranking_file).endswith('.json'))):
            raise ValueError(
                'ranking_file must be a path that ends in .json, and '
                f'zip_rankings needs one, but it is {ranking_file!r}.')
        self.ranking_file = ranking_file
        self.zip_rankings = zip_rankings
        self._expected: Optional[int] = None
        super().__init__(
            collect_device=collect_device,
            prefix=prefix,
            collect_dir=collect_dir)

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep what is needed of one batch: one result for each sample.

        Args:
            data_batch: Not used.
            data_samples (Sequence[dict]): Predictions as dicts.
        """
        for sample in data_samples:
            for key in ('embedding', 'bbox_idx', 'action_idx', 'subset'):
                if key not in sample:
                    raise ValueError(
                        f'A prediction has no {key!r} '
                        f'({sample.get("img_path", "no img_path")}): the '
                        'model must return an embedding for each image in '
                        'predict mode, as snreid_mm.PlayerReID does, and '
                        'meta_keys of PackInputs in the test pipeline must '
                        'name the rest.')
            shape = sample.get('ori_shape')
            self.results.append(
                dict(
                    bbox_idx=sample['bbox_idx'],
                    action_idx=sample['action_idx'],
                    subset=sample['subset'],
                    img_path=sample.get('img_path'),
                    person_uid=sample.get('person_uid'),
                    role=sample.get('role'),
                    height=None if shape is None else int(shape[0]),
                    embedding=_to_array(sample['embedding'])))

    def evaluate(self, size: int) -> dict:
        """Collect the results of all ranks and score them.

        Args:
            size (int): Length of the whole dataset.

        Returns:
            dict: The metrics, as :meth:`compute_metrics` returns them, with
            the prefix.
        """
        self._expected = size
        return super().evaluate(size)

    def compute_metrics(self, results: List[dict]) -> Dict[str, float]:
        """Rank and score.

        Args:
            results (list[dict]): The results of all ranks.

        Returns:
            dict[str, float]: ``mAP`` and ``rank-k`` in per cent and what
            ``breakdown`` asks for; without labels only ``queries``,
            ``gallery`` and ``actions``, their numbers.
        """
        query, query_embeddings = _split(results, 'query')
        gallery, gallery_embeddings = _split(results, 'gallery')
        distinct = len(query) + len(gallery)
        # MMEngine cuts what all ranks gave to the dataset's length. With a
        # sampler that pads in the middle, that cuts an image off.
        if self._expected is not None and distinct < self._expected:
            raise ValueError(
                f'Only {distinct} of {self._expected} images were embedded, '
                'so their ranking would not be the real one. The dataloader '
                'must go through the whole dataset, and in a distributed run '
                'hand the images to the ranks in turns: '
                "sampler=dict(type='DefaultSampler', shuffle=False).")
        rankings = rank_within_actions(query_embeddings, gallery_embeddings,
                                       query.without_labels(),
                                       gallery.without_labels())
        self._write(rankings, query, gallery)
        if query.person_uid is None and gallery.person_uid is None:
            print_log(
                'This split has no labels (person_uid), so there is no '
                'score.',
                logger='current')
            return dict(
                queries=len(query),
                gallery=len(gallery),
                actions=len(np.unique(query.action_idx)))
        scores = score_rankings(rankings, query, gallery)
        chance = chance_scores(scores.gallery_sizes, scores.n_matches,
                               self.topk)
        print_log(
            f'{len(query)} queries were ranked within '
            f'{len(np.unique(query.action_idx))} actions; chance scores '
            f'{", ".join(f"{k} {v:.2f}" for k, v in chance.items())}.',
            logger='current')
        # For hooks that compare a validation with it.
        MessageHub.get_current_instance().update_info(
            'chance', {f'{self.prefix}/mAP': chance['mAP']})
        return {
            **scores.summary(self.topk),
            **self._break_down(scores, query)
        }

    def _write(self, rankings: Rankings, query: Crops,
               gallery: Crops) -> None:
        if self.ranking_file is not None:
            written = write_ranking_file(self.ranking_file,
                                         rankings.to_dict(query, gallery),
                                         self.zip_rankings)
            names = ' and '.join(map(str, written))
            print_log(f'The rankings were written to {names}.',
                      logger='current')
        elif query.person_uid is None:
            print_log(
                'The split has no labels and no ranking_file is set: nothing '
                'is left of this test.',
                logger='current',
                level=logging.WARNING)

    def _break_down(self, scores: QueryScores,
                    query: Crops) -> Dict[str, float]:
        result = {}
        for kind in self.breakdown:
            key, meta_key, group_by = _BREAKDOWNS[kind]
            column = getattr(query, key)
            if column is None:
                raise ValueError(
                    f'breakdown={kind!r} needs {meta_key!r} of every query: '
                    'add it to meta_keys of PackInputs in the test pipeline.')
            parts = breakdown(scores, group_by(column), self.topk)
            for group, values in parts.items():
                for name, value in values.items():
                    result[f'{kind}/{group}/{name}'] = value
        return result


def _to_array(embedding: Union[torch.Tensor, np.ndarray]) -> np.ndarray:
    """Copy an embedding out of its batch, float32."""
    if isinstance(embedding, torch.Tensor):
        embedding = embedding.detach().float().cpu().numpy()
    return np.array(embedding, dtype=np.float32)


def _split(results: List[dict], subset: str) -> Tuple[Crops, np.ndarray]:
    """Select one list of the results: its columns and (N, D) embeddings."""
    kind = 'query' if subset == 'query' else 'gallery crop'
    kept: Dict[int, dict] = {}
    for result in results:
        if result['subset'] not in SUBSETS:
            raise ValueError(
                f'{result["img_path"]} has subset {result["subset"]!r}, but '
                f'it must be one of {SUBSETS}: rank a split that has queries '
                'and a gallery, not train.')
        if result['subset'] != subset:
            continue
        first = kept.setdefault(result['bbox_idx'], result)
        if first is not result:
            _check_same(first, result, kind)
    if not kept:
        raise ValueError(f'There is no {kind} among {len(results)} results.')
    records = list(kept.values())
    embeddings = np.stack([record['embedding'] for record in records])
    return Crops.from_records(records, kind), embeddings


def _check_same(first: dict, second: dict, kind: str) -> None:
    """Accept an image that a sampler repeated to fill the last batch."""
    for key in ('img_path', 'action_idx', 'person_uid'):
        if first[key] != second[key]:
            raise ValueError(
                f'Two results claim to be {kind} {first["bbox_idx"]}, but '
                f'their {key} differs: {first[key]!r} and {second[key]!r}. A '
                'bbox_idx must be unique in its list.')
    one, two = first['embedding'], second['embedding']
    if np.linalg.norm(one - two) > _SAME_EMBEDDING * np.linalg.norm(one):
        raise ValueError(
            f'{kind} {first["bbox_idx"]} ({first["img_path"]}) was embedded '
            'twice and came out different: the model or the pipeline is '
            'random at test time.')
