from pathlib import Path

import pytest
from mmengine.config import Config

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.results.quick import (first_actions, first_crops,
                                     forget_weights, shrink)
from snreid_mm.utils.config import load_config

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'


def _load(name, root):
    return load_config(str(CONFIGS / name), {'data_root': str(root)})


@pytest.mark.parametrize('path', [
    path for path in sorted(CONFIGS.glob('b*/*.py'))
], ids=lambda path: path.stem)
def test_no_config_asks_for_weights(path):
    cfg = Config.fromfile(path)
    notes = forget_weights(cfg)
    text = str(cfg.model)
    for word in ('Pretrained', 'http', '://', '.pth', "'pretrained': True"):
        assert word not in text
    assert any('random weights' in note for note in notes)


def test_what_stays_is_left_alone():
    model = dict(
        type='X',
        backbone=dict(
            type='ResNet',
            frozen_stages=2,
            init_cfg=[
                dict(type='Kaiming'),
                dict(type='Pretrained', checkpoint='x.pth')
            ]),
        neck=[dict(type='N', init_cfg=dict(type='Normal'), frozen=True)])
    cfg = Config(dict(model=model, load_from='y.pth'))
    notes = forget_weights(cfg)
    assert cfg.load_from is None
    assert cfg.model.backbone.init_cfg == [dict(type='Kaiming')]
    assert cfg.model.backbone.frozen_stages == -1
    # Nothing was taken from it.
    assert cfg.model.neck[0] == model['neck'][0]
    assert len(notes) == 3 and 'y.pth' in notes[0]


def test_a_frozen_pose_network_without_weights_is_trained(tiny_pitch):
    cfg = _load('bilinear/two-stream-hrnet_b128-60e_soccernet-full_256x128.py',
                tiny_pitch)
    notes = shrink(cfg)
    parts = cfg.model.part_extractor
    assert parts.checkpoint is None and parts.frozen is False
    assert any('part_extractor.frozen: False' in note for note in notes)
    # The parts' grid shrinks with the appearance map.
    assert tuple(parts.grid) == (12, 6)


@pytest.mark.parametrize('name', [
    'demo/resnet18-fc128_b64-12e_pitch-demo_128x64.py',
    'pitch_table/osnet-x1.0-strong_b32-500i_pitch-bench_96x48.py'
])
def test_a_schedule_that_has_no_time_to_begin_is_left_out(
        tiny_pitch, tmp_path, name):
    cfg = _load(name, tiny_pitch)
    shrink(cfg)
    assert len(cfg.param_scheduler) == 1
    cfg.dump(tmp_path / 'quick.py')
    load_config(str(tmp_path / 'quick.py'))  # refuses what cannot begin


def test_the_config_is_small(tiny_pitch):
    cfg = _load(
        'bilinear/two-stream-snreid_b32-60e_soccernet-10pct_256x128.py',
        tiny_pitch)
    notes = shrink(cfg)
    assert cfg.train_cfg.max_epochs == 1
    for loader in (cfg.train_dataloader, cfg.val_dataloader,
                   cfg.test_dataloader):
        assert loader.num_workers == 0 and not loader.persistent_workers
        assert loader.batch_size == 8
        resize = loader.dataset.pipeline[1]
        assert (resize.type, resize.scale) == ('Resize', (96, 192))
    assert cfg.model.input_size == (192, 96)
    assert any('of fraction 0.1' in note for note in notes)


def test_a_size_that_the_model_fixes_is_kept(tiny_pitch):
    cfg = _load('baselines/resnet50-fc512_b32-60e_soccernet-10pct_256x128.py',
                tiny_pitch)
    cfg.model.backbone = dict(type='VisionTransformer', img_size=(256, 128))
    notes = shrink(cfg)
    assert cfg.train_dataloader.dataset.pipeline[1].scale == (128, 256)
    assert any('img_size fixes' in note for note in notes)


def test_wrapped_data_sets_are_cut_down_too(tiny_pitch):
    cfg = _load('baselines/resnet50-fc512_b32-60e_soccernet-10pct_256x128.py',
                tiny_pitch)
    inner = cfg.val_dataloader.dataset
    cfg.val_dataloader.dataset = dict(
        type='RepeatDataset', times=1, dataset=inner)
    shrink(cfg)
    assert 0 < len(cfg.val_dataloader.dataset.dataset.indices) < 100
    assert 'indices' not in cfg.val_dataloader.dataset


def test_training_by_iterations(tiny_pitch):
    cfg = _load('baselines/resnet50-fc512_b32-60e_soccernet-10pct_256x128.py',
                tiny_pitch)
    cfg.train_cfg = dict(by_epoch=False, max_iters=1000)
    shrink(cfg)
    assert cfg.train_cfg.max_iters < 10 and not cfg.train_cfg.by_epoch


@pytest.mark.parametrize('fraction', [1., .5, .02])
def test_any_fraction_leaves_something_to_train(tiny_pitch, fraction):
    chosen, crops = first_crops(str(tiny_pitch), fraction)
    dataset = SoccerNetReID(str(tiny_pitch), fraction=fraction,
                            indices=chosen)
    assert 8 <= len(dataset) <= 28 and len(dataset) <= crops
    assert len(set(dataset.column('gt_label').tolist())) >= 2


def test_the_actions_are_whole(tiny_pitch):
    chosen = first_actions(str(tiny_pitch), 'test')
    dataset = SoccerNetReID(str(tiny_pitch), 'test', indices=chosen)
    whole = SoccerNetReID(str(tiny_pitch), 'test')
    actions = set(dataset.column('action_idx').tolist())
    assert len(actions) == 2
    assert set(dataset.column('subset')) == {'query', 'gallery'}
    assert len(dataset) == sum(
        action in actions for action in whole.column('action_idx').tolist())
