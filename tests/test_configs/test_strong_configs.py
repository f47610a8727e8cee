"""The entries."""

from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config
from one_iteration import shrink_network, train_one_iteration

FAMILY = Path(__file__).parents[2] / 'configs/strong'
FILES = sorted(FAMILY.glob('*.py'))
README = (FAMILY / 'README.md').read_text()
META = {
    entry['Name']: entry['Metadata']
    for entry in yaml.safe_load((FAMILY / 'metafile.yml').read_text())
    ['Models']
}


@pytest.mark.parametrize(
    'path', [path for path in FILES if 'soccernet' in path.stem],
    ids=lambda path: path.stem)
def test_one_iteration(path, tiny_pitch, tmp_path):
    cfg = Config.fromfile(path)
    shrink_network(cfg)
    runner = train_one_iteration(cfg, tiny_pitch, tmp_path, batch_size=4)
    model = runner.model
    assert model.embedding_dim == 512
    if 'two-stream' in path.stem:
        image = torch.rand(1, 3, *cfg.model.get('input_size', (256, 128)))
        for stage in ('backbone', 'part_extractor'):
            map_, = model.eval().extract_feat(image, stage)[-1:]
            assert map_.shape[2:] == (16, 8)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_every_piece_is_there(path):
    cfg = Config.fromfile(path)
    loader = cfg.train_dataloader
    assert loader.sampler.type == 'snreid_mm.ActionBatchSampler'
    assert loader.sampler.keep_apart
    assert loader.sampler.batch_size == loader.batch_size
    assert {role.split('_')[0]
            for role in loader.dataset.roles} == {'Player', 'Goalkeeper'}
    assert 'roles' not in cfg.test_dataloader.dataset
    steps = [step.type for step in loader.dataset.pipeline]
    assert steps[-4:] == [
        'ColorJitter', 'RandomCrop', 'RandomErasing', 'PackInputs'
    ]
    assert cfg.model.neck[-1].type == 'snreid_mm.BNNeck'
    head = cfg.model.head
    assert list(head.losses) == ['identity']
    assert head.loss_cls is head.loss_triplet is None
    assert cfg.model.flip_test and cfg.model.normalize_embedding
    assert [hook.type for hook in cfg.custom_hooks] == ['EMAHook']
    if 'two-stream' in path.stem:
        parts, images = cfg.model.part_extractor, cfg.data_preprocessor
        assert (parts.mean, parts.std) == (images.mean, images.std)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_names_metafile_and_readme_agree(path):
    cfg, metadata = Config.fromfile(path), META[path.stem]
    epochs, batch = cfg.train_cfg.max_epochs, cfg.train_dataloader.batch_size
    assert f'_b{batch}-{epochs}e_' in path.stem
    assert (metadata['Epochs'], metadata['Batch Size']) == (epochs, batch)
    assert f'({path.name})' in README
    size = path.stem.rsplit('_', 1)[1]
    scale, = [each.scale for each in cfg.test_dataloader.dataset.pipeline
              if each.type == 'Resize']
    assert f'{scale[1]}x{scale[0]}' == size


def test_the_small_one_has_the_same_batches():
    base = FAMILY.parent / '_base_/datasets'
    small = Config.fromfile(base / 'pitch_players_128x64.py')
    large = Config.fromfile(base / 'soccernet_reid_players.py')
    assert small.train_dataloader.dataset.roles == \
        large.train_dataloader.dataset.roles
    for one, two in zip(small.train_pipeline, large.train_pipeline):
        for step in (one, two):
            for key in ('scale', 'crop_size', 'padding'):
                step.pop(key, None)
        assert one == two
