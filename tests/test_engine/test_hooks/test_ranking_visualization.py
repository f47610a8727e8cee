"""Pictures of a validation, in the backends of the visualizer."""

from pathlib import Path
from unittest.mock import Mock, patch

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmpretrain.structures import DataSample

from snreid_mm.engine import RankingVisualizationHook
from snreid_mm.engine.hooks import ranking_visualization
from snreid_mm.soccernet import load_index


@pytest.fixture
def validate(small_model, tiny_pitch, tmp_path):
    """Validate the small model some times; give the runner."""

    def run(times=1, backends=(dict(type='LocalVisBackend'), ), **options):
        cfg = Config.fromfile(small_model[0])
        loader = cfg.test_dataloader
        loader.update(num_workers=0, persistent_workers=False, batch_size=32)
        loader.dataset.update(data_root=str(tiny_pitch), split='valid')
        cfg.update(
            work_dir=str(tmp_path),
            load_from=small_model[1],
            val_dataloader=loader,
            val_evaluator=cfg.test_evaluator,
            val_cfg=dict(),
            train_dataloader=None,
            test_dataloader=None,
            test_evaluator=None,
            test_cfg=None,
            visualizer=dict(
                type='UniversalVisualizer', vis_backends=list(backends)))
        # The best checkpoint is looked for by trainings alone.
        cfg.default_hooks.checkpoint = dict(type='CheckpointHook')
        cfg.default_hooks.pictures = dict(
            type='snreid_mm.RankingVisualizationHook', **options)
        runner = Runner.from_cfg(cfg)
        for _ in range(times):
            runner.val()
        return runner

    return run


def _pictures(tmp_path):
    return sorted(tmp_path.glob('*/vis_data/vis_image/*.png'))


def test_rankings_and_maps_are_files(validate, tmp_path, monkeypatch):
    from snreid_mm import visualization
    draw, rows = visualization.draw_rankings, []

    def spy(rankings, *args):
        rows.extend(rankings)
        return draw(rankings, *args)

    monkeypatch.setattr(visualization, 'draw_rankings', spy)
    runner = validate(num_queries=2, topk=3, seed=1)
    hook, = (h for h in runner.hooks
             if isinstance(h, RankingVisualizationHook))
    names = [path.name for path in _pictures(tmp_path)]
    assert names == sorted([
        *(f'activations_{bbox}_0.png' for bbox in hook._chosen),
        'rankings_0.png'
    ])
    for path in _pictures(tmp_path):
        assert cv2.imread(str(path)).shape[1] > 400
    # What is drawn is what the model ranks, under the truth's signs.
    assert len(rows) == 2
    records = {
        Path(each['img_path']).name: each
        for each in load_index(
            runner.val_dataloader.dataset.data_root, 'valid')
    }
    for title, query, best in rows:
        asked = records[query.name]
        assert f'Query {asked["bbox_idx"]} ' in title
        assert len(best) == 3
        for crop in best:
            given = records[crop.name]
            assert given['action_idx'] == asked['action_idx']
            assert crop.correct == (
                given['person_uid'] == asked['person_uid'])
    _check_order(runner, rows[0], records)


@torch.no_grad()
def _check_order(runner, row, records):
    """Nobody of the action is nearer than the crops that are drawn."""
    _, query, best = row
    dataset, model = runner.val_dataloader.dataset, runner.model
    action = records[query.name]['action_idx']
    embeddings = {}
    for i in range(len(dataset)):
        if dataset.get_data_info(i)['action_idx'] == action:
            sample = dataset[i]
            batch = dict(
                inputs=[sample['inputs']],
                data_samples=[sample['data_samples']])
            found, = model.val_step(batch)
            embeddings[Path(found.img_path).name] = found
    asked = embeddings[query.name].embedding
    distances = {
        name: float((each.embedding - asked).norm())
        for name, each in embeddings.items() if each.subset == 'gallery'
    }
    nearest = sorted(distances.values())[:3]
    assert [distances[crop.name] for crop in best] == pytest.approx(
        nearest, abs=1e-5)


def test_every_other_validation_and_the_same_queries(validate, tmp_path,
                                                     monkeypatch):
    shown = []
    monkeypatch.setattr(
        RankingVisualizationHook, '_show', lambda self, runner, results: shown.
        append({r['bbox_idx']
                for r in results if r['subset'] == 'query'}))
    validate(times=4, interval=2, num_queries=3)
    assert len(shown) == 2 and shown[0] == shown[1] and len(shown[0]) == 3


def test_tensorboard_gets_the_pictures(validate, tmp_path):
    pytest.importorskip('tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import \
        EventAccumulator
    validate(
        num_queries=1,
        activations=False,
        backends=[dict(type='TensorboardVisBackend')])
    folder, = tmp_path.glob('*/vis_data')
    events = EventAccumulator(str(folder), size_guidance=dict(images=0))
    events.Reload()
    assert events.Tags()['images'] == ['rankings']


def _runner(dataset, model=None):
    return Mock(
        val_dataloader=Mock(dataset=dataset), model=model, iter=7)


class Dataset:
    """Two queries and four gallery crops of one action."""

    def column(self, key):
        return dict(
            subset=['query'] * 2 + ['gallery'] * 4,
            bbox_idx=np.array([0, 1, 0, 1, 2, 3]),
            action_idx=np.zeros(6, int))[key]


def _samples(path, person=True):
    samples = []
    for i in range(6):
        subset, bbox = ('query', i) if i < 2 else ('gallery', i - 2)
        meta = dict(
            bbox_idx=bbox, action_idx=0, subset=subset, img_path=str(path))
        if person:
            meta['person_uid'] = bbox % 2
        sample = DataSample(metainfo=meta)
        sample.set_field(torch.eye(6)[i], 'embedding')
        samples.append(sample)
    return samples


@pytest.fixture
def crop(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((20, 10, 3), np.uint8))
    return tmp_path / 'a.png'


@pytest.mark.parametrize('person', [True, False])
def test_ranks_are_joined_and_repeats_counted_once(crop, person):
    hook = RankingVisualizationHook(num_queries=9)
    runner = _runner(Dataset())
    samples = _samples(crop, person)
    hook.before_val_epoch(runner)
    hook.after_val_iter(
        runner, 0, dict(inputs=[torch.zeros(3, 4, 4)] * 3), samples[:3])
    other = RankingVisualizationHook(num_queries=9)
    other.before_val_epoch(runner)
    other.after_val_iter(
        runner, 0, dict(inputs=[torch.zeros(3, 4, 4)] * 4), samples[2:])
    draw = ranking_visualization._draw_rankings
    with patch.object(ranking_visualization, 'all_gather_object',
                      lambda mine: [mine, other._results]), \
            patch.object(ranking_visualization, '_draw_rankings',
                         side_effect=draw) as spy:
        hook.after_val_epoch(runner)
    rows, _ = spy.call_args.args
    assert [len(best) for _, _, best in rows] == [4, 4]
    signs = [crop.correct for crop in rows[0][2]]
    assert sorted(map(str, signs)) == (['False'] * 2 + ['True'] * 2 if person
                                       else ['None'] * 4)
    name, image = runner.visualizer.add_image.call_args.args
    assert name == 'rankings' and image.dtype == np.uint8
    assert runner.visualizer.add_image.call_args.kwargs == dict(step=7)


def test_wrong_settings_are_one_sentence():
    with pytest.raises(ValueError, match='interval of .* at least 1'):
        RankingVisualizationHook(interval=0)

    class NoQueries:
        pass

    for dataset in (NoQueries(), Mock(column=lambda key: [None])):
        with pytest.raises(ValueError, match='needs queries'):
            RankingVisualizationHook().before_val_epoch(_runner(dataset))
    hook = RankingVisualizationHook()
    hook.before_val_epoch(_runner(Dataset()))
    sample = DataSample(metainfo=dict(bbox_idx=0, action_idx=0))
    with pytest.raises(ValueError, match="needs 'subset', 'img_path'"):
        hook.after_val_iter(
            Mock(), 0, dict(inputs=[torch.zeros(1)]), [sample])


def test_a_lost_image_is_named(tmp_path):
    hook = RankingVisualizationHook()
    runner = _runner(Dataset())
    hook.before_val_epoch(runner)
    hook.after_val_iter(runner, 0, dict(inputs=[torch.zeros(3, 4, 4)] * 6),
                        _samples(tmp_path / 'lost.png'))
    with pytest.raises(ValueError, match='lost.png cannot be read'):
        hook.after_val_epoch(runner)
