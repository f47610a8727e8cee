from pathlib import Path
from typing import Dict, List, Optional

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import FlexibleRunner

from snreid_mm.evaluation.functional import rank_within_actions
from snreid_mm.models import PlayerReID
from snreid_mm.models.part_extractors import part_names
from snreid_mm.models.utils.stage_maps import map_energy, stage_maps
from snreid_mm.registry import HOOKS
from snreid_mm.structures import Crops
from snreid_mm.utils.distributed import unwrap
from snreid_mm.utils.images import read_image

# What the samples of a validation must say of themselves.
_KEYS = ('bbox_idx', 'action_idx', 'subset', 'img_path')


@HOOKS.register_module()
class RankingVisualizationHook(Hook):
    """Show what a few queries of the validation rank first, while a training
    goes on.

    The queries are chosen at random once and stay the same. After a
    validation, one picture of their rankings, and one for each query of what
    the stages and the part stream see on it, go to the backends of the
    config's ``visualizer`` (files, TensorBoard, WandB), under the names
    ``rankings`` and ``activations_<bbox_idx>`` and the iteration. The
    rankings are plain ones, as the metric makes them.

    Nothing is shown unless a config names the hook. Of a model that is no
    :class:`~snreid_mm.models.PlayerReID`, and with a strategy (FSDP,
    DeepSpeed), which shares out the weights, the rankings alone are shown.

    Args:
        interval (int): Show every n-th validation. Defaults to 1.
        num_queries (int): How many queries. Defaults to 4.
        topk (int): Gallery crops for each query. Defaults to 10.
        activations (bool): Whether to draw stages and parts too. Defaults to
            True.
        seed (int): Which queries are chosen. Defaults to 0.

    Raises:
        ValueError: If a number is below 1; in a validation, if its data set
            has no queries or its samples do not say which crops they are.

    Examples:
        In a config, or by ``--cfg-options``:

        >>> default_hooks = dict(
        ...     pictures=dict(type='snreid_mm.RankingVisualizationHook'))
        >>> visualizer = dict(
        ...     type='UniversalVisualizer',
        ...     vis_backends=[
        ...         dict(type='LocalVisBackend'),
        ...         dict(type='TensorboardVisBackend')
        ...     ])
    """

    # Before EMAHook takes the averaged weights out again.
    priority = 'ABOVE_NORMAL'

    def __init__(self,
                 *,
                 interval: int = 1,
                 num_queries: int = 4,
                 topk: int = 10,
                 activations: bool = True,
                 seed: int = 0) -> None:
        for name, value in dict(
                interval=interval, num_queries=num_queries,
                topk=topk).items():
            if value < 1:
                raise ValueError(f'{name} of RankingVisualizationHook must be '
                                 f'at least 1, but is {value}.')
        self.interval = interval
        self.num_queries = num_queries
        self.topk = topk
        self.activations = activations
        self.seed = seed
        self._validations = 0
        # The action of each query that was chosen, by its bbox_idx.
        self._chosen: Dict[int, int] = {}
        self._results: List[dict] = []

    def before_val_epoch(self, runner) -> None:
        """Choose the queries, the first time."""
        self._validations += 1
        self._results = []
        if not self._chosen:
            self._chosen = self._choose(runner.val_dataloader.dataset)

    def after_val_iter(self,
                       runner,
                       batch_idx: int,
                       data_batch=None,
                       outputs=None) -> None:
        """Keep the embeddings of the queries and of their galleries."""
        if not self._is_due():
            return
        for inputs, sample in zip(data_batch['inputs'], outputs):
            missing = [key for key in _KEYS if key not in sample]
            if missing:
                raise ValueError(
                    'RankingVisualizationHook needs '
                    f'{", ".join(map(repr, missing))} of every sample: add it '
                    'to the meta_keys of PackInputs in the pipeline of '
                    'val_dataloader.')
            if sample.action_idx not in self._chosen.values():
                continue
            is_query = sample.subset == 'query'
            if is_query and sample.bbox_idx not in self._chosen:
                continue
            self._results.append(
                dict(
                    {key: sample.get(key)
                     for key in (*_KEYS, 'person_uid')},
                    embedding=sample.embedding.float().cpu().numpy(),
                    inputs=inputs.cpu() if is_query else None))

    def after_val_epoch(self, runner, metrics=None) -> None:
        """Rank, draw, and hand the pictures to the visualizer."""
        if not self._is_due():
            return
        results = [
            each for rank in all_gather_object(self._results) for each in rank
        ]
        self._results = []
        if is_main_process():
            self._show(runner, results)

    def _is_due(self) -> bool:
        return self._validations % self.interval == 0

    def _choose(self, dataset) -> Dict[int, int]:
        """Choose queries; give the action of each by its bbox_idx."""
        column = getattr(dataset, 'column', None)
        is_query = None if column is None else np.array(
            [subset == 'query' for subset in column('subset')], bool)
        if is_query is None or not is_query.any():
            raise ValueError(
                f'RankingVisualizationHook needs queries, but the data set of '
                f'val_dataloader ({type(dataset).__name__}) has none: '
                'validate on split=\'valid\' of snreid_mm.SoccerNetReID, or '
                'leave the hook out.')
        bbox, action = (
            np.asarray(column(key))[is_query]
            for key in ('bbox_idx', 'action_idx'))
        order = np.argsort(bbox)
        chosen = np.random.default_rng(self.seed).permutation(len(order))
        chosen = np.sort(order[chosen[:self.num_queries]])
        return dict(zip(bbox[chosen].tolist(), action[chosen].tolist()))

    def _show(self, runner, results: List[dict]) -> None:
        # A distributed sampler repeats crops to give all ranks as many.
        distinct = {(each['subset'], each['bbox_idx']): each
                    for each in results}
        lists = [
            sorted((each for each in distinct.values()
                    if each['subset'] == subset),
                   key=lambda each: each['bbox_idx'])
            for subset in ('query', 'gallery')
        ]
        queries, gallery = lists
        columns = [
            Crops.from_records(records, kind)
            for records, kind in zip(lists, ('query', 'gallery crop'))
        ]
        rankings = rank_within_actions(
            *(np.stack([each['embedding'] for each in records])
              for records in lists),
            *(crops.without_labels() for crops in columns))
        rows = []
        for i, query in enumerate(queries):
            best = [gallery[j] for j in rankings[i][:self.topk]]
            rows.append(self._row(query, best, rankings.gallery_sizes[i]))
        self._add(runner, 'rankings', _draw_rankings(rows, self.topk))
        model = unwrap(runner.model)
        if self.activations and isinstance(
                model, PlayerReID) and not isinstance(runner, FlexibleRunner):
            for query in queries:
                self._add(runner, f'activations_{query["bbox_idx"]}',
                          _draw_activations(model, query))

    def _row(self, query: dict, best: List[dict], size: int) -> tuple:
        """Collect what is drawn of one ranking."""
        title = (f'Query {query["bbox_idx"]}  ·  action '
                 f'{query["action_idx"]}  ·  {size} gallery crops')
        person = query['person_uid']
        return title, _image(query), [
            _image(
                each, None
                if person is None else each['person_uid'] == person)
            for each in best
        ]

    def _add(self, runner, name: str, figure) -> None:
        from snreid_mm.utils.figures import to_image
        runner.visualizer.add_image(name, to_image(figure), step=runner.iter)


def _image(record: dict, correct: Optional[bool] = None):
    # Matplotlib is imported by trainings that draw, and by no other.
    from snreid_mm.visualization import RankedImage
    path = record['img_path']
    return RankedImage(read_image(path), Path(path).name, correct)


def _draw_rankings(rows: list, topk: int):
    from snreid_mm.visualization import draw_rankings
    columns = min(topk, max(len(best) for _, _, best in rows))
    return draw_rankings(rows, columns, 'queries of the validation, chosen at '
                         'random')


@torch.no_grad()
def _draw_activations(model: PlayerReID, query: dict):
    """Draw what a model sees on one crop."""
    from snreid_mm.visualization import draw_activations
    batch = pseudo_collate([dict(inputs=query['inputs'])])
    images = model.data_preprocessor(batch)['inputs']
    stages = {
        name.removeprefix('backbone.'): map_energy(maps)[0].cpu().numpy()
        for name, maps in stage_maps(model, images).items()
    }
    parts = {}
    if model.with_part_extractor:
        maps = model.extract_feat(images, stage='part_extractor')[0][0]
        parts = dict(
            zip(part_names(model.part_extractor, len(maps)),
                maps.float().cpu().numpy()))
    return draw_activations(
        read_image(query['img_path']), stages, parts,
        f'query {query["bbox_idx"]}')
