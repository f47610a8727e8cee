import logging
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MessageHub, print_log

from snreid_mm.registry import METRICS
from snreid_mm.soccernet import SUBSETS, write_ranking_file
from snreid_mm.structures import Crops, Rankings
from ..embedding_file import SavedEmbeddings, write_embeddings
from ..functional import (QueryScores, breakdown, chance_scores,
                          group_by_height, group_by_name, rank_within_actions,
                          score_rankings)
from ..functional.matching import Matching
from .matching_files import read_cues, read_matching, read_own_frame

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
    breakdowns; ``frame_cues`` for the own frame. Labels are read after the
    ranking is made and cannot change it. A split without labels (challenge) is
    ranked, and its ranking written, but not scored.

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
        matching (str | dict | Sequence[dict]): Also match the crops of each
            action together: :class:`~.functional.matching.Matching`, e.g.
            ``dict(type='dual_softmax', temperature=0.1, own_frame=1.0)``, or
            several, or the file that ``tune_matching.py`` wrote on valid.
            The scores stand under ``reid/dual_softmax/mAP`` or
            ``reid/dual_softmax_own_frame/mAP``, and the rankings beside
            ``ranking_file``, their name added to its own. Defaults to (),
            none.
        own_frame (str, optional): The classifier that ``fit_own_frame.py``
            wrote, for matchings with ``own_frame``; a tuned file brings its
            own. Where the samples bring no ``frame_cues``, it reads their
            images again, by ``img_path``. Defaults to None.
        embeddings_file (str, optional): Write the embeddings to this ``.npz``
            file, for ``tune_matching.py``, and the ``frame_cues`` that the
            samples bring, so that it need not read images. Defaults to None.
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
                 matching: Union[str, dict, Sequence[dict]] = (),
                 own_frame: Optional[str] = None,
                 embeddings_file: Optional[str] = None,
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
        self.matchings, self.own_frame = _to_matchings(matching, own_frame)
        if embeddings_file is not None and not str(embeddings_file).endswith(
                '.npz'):
            raise ValueError('embeddings_file must be a path that ends in '
                             f'.npz, but it is {embeddings_file!r}.')
        self.embeddings_file = embeddings_file
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
        for sample, cues in zip(data_samples, self._cues_of(data_samples)):
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
                    embedding=_to_array(sample['embedding']),
                    cues=cues))

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
        query, query_embeddings, query_cues = _split(results, 'query')
        gallery, gallery_embeddings, gallery_cues = _split(results, 'gallery')
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
        unlabelled = query.without_labels(), gallery.without_labels()
        embeddings = query_embeddings, gallery_embeddings
        cues = query_cues, gallery_cues
        if any(each is None for each in cues):
            cues = None, None
        self._save(*unlabelled, *embeddings, *cues)
        rankings = rank_within_actions(*embeddings, *unlabelled)
        self._write(rankings, query, gallery)
        matched = self._match(rankings, *unlabelled, embeddings, cues)
        for name, others in matched.items():
            self._write(others, query, gallery, name)
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
            **self._break_down(scores, query),
            **{
                f'{name}/{key}': value
                for name, others in matched.items() for key, value in
                score_rankings(others, query, gallery).summary(
                    self.topk).items()
            }
        }

    def _cues_of(self, samples: Sequence[dict]) -> Sequence:
        """The frame cues of each sample, as the pipeline has measured them;
        if it has not, of its file, where a matching needs them."""
        cues = [sample.get('frame_cues') for sample in samples]
        if self.own_frame is None or all(each is not None for each in cues):
            return cues
        paths = [sample.get('img_path') for sample in samples]
        if None in paths:
            raise ValueError("own_frame needs 'img_path' of every image: add "
                             'it to meta_keys of PackInputs in the test '
                             'pipeline.')
        return read_cues(paths)

    def _save(self, *saved) -> None:
        if self.embeddings_file is not None:
            split = (self.dataset_meta or {}).get('split', '')
            write_embeddings(self.embeddings_file,
                             SavedEmbeddings(split, *saved))
            print_log(
                f'The embeddings were written to {self.embeddings_file}.',
                logger='current')

    def _match(self, rankings: Rankings, query: Crops, gallery: Crops,
               embeddings: tuple, cues: tuple) -> Dict[str, Rankings]:
        log_elsewhere = self.own_frame and self.own_frame.log_elsewhere(
            *cues, query, gallery)
        return {
            matching.name: matching.rank(rankings, query, gallery, embeddings,
                                         log_elsewhere)
            for matching in self.matchings
        }

    def _write(self,
               rankings: Rankings,
               query: Crops,
               gallery: Crops,
               name: str = '') -> None:
        if self.ranking_file is not None:
            path = Path(self.ranking_file)
            if name:
                path = path.with_name(f'{path.stem}_{name}.json')
            written = write_ranking_file(
                path, rankings.to_dict(query, gallery), self.zip_rankings)
            names = ' and '.join(map(str, written))
            print_log(f'The rankings were written to {names}.',
                      logger='current')
        elif (query.person_uid is None and not name
              and self.embeddings_file is None):
            print_log(
                'The split has no labels, and neither ranking_file nor '
                'embeddings_file is set: nothing is left of this test.',
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


def _to_matchings(matching, own_frame: Optional[str]) -> tuple:
    """Build the matchings and their classifier from the metric's arguments,
    and refuse what would fail after the whole test."""
    if isinstance(matching, (str, Path)):
        if own_frame is not None:
            raise ValueError(f'matching={str(matching)!r} brings its own '
                             f'classifier: leave out own_frame={own_frame!r}.')
        matchings, classifier = read_matching(matching)
    else:
        listed = (matching, ) if isinstance(matching, dict) else matching
        matchings = [Matching.from_dict(settings) for settings in listed]
        classifier = None if own_frame is None else read_own_frame(own_frame)
    names = [each.name for each in matchings]
    if len(set(names)) < len(names):
        raise ValueError(f'matching names {max(names, key=names.count)!r} '
                         'twice: their scores would have one name.')
    wanting = [each.name for each in matchings if each.own_frame]
    if wanting and classifier is None:
        raise ValueError(
            f'matching {wanting[0]!r} needs a classifier: fit one with '
            'tools/analysis_tools/fit_own_frame.py, and name its file in '
            'own_frame.')
    # Without a matching that needs them, no image is read.
    return matchings, classifier if wanting else None


def _to_array(embedding: Union[torch.Tensor, np.ndarray]) -> np.ndarray:
    """Copy an embedding out of its batch, float32."""
    if isinstance(embedding, torch.Tensor):
        embedding = embedding.detach().float().cpu().numpy()
    return np.array(embedding, dtype=np.float32)


def _split(results: List[dict], subset: str
           ) -> Tuple[Crops, np.ndarray, Optional[np.ndarray]]:
    """Select one list of the results: its columns, (N, D) embeddings, and
    (N, C) cues if it has them."""
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
    cues = [record['cues'] for record in records]
    if any(each is None for each in cues):
        return Crops.from_records(records, kind), embeddings, None
    return Crops.from_records(records, kind), embeddings, np.stack(cues)


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
