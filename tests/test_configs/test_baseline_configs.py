from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config

from snreid_mm.registry import MODELS

CONFIGS = Path(__file__).parents[2] / 'configs'
FAMILY = CONFIGS / 'baselines'
FILES = sorted(FAMILY.glob('*.py'))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def cfg(request):
    return Config.fromfile(request.param)


def build_model(cfg):
    # What `--cfg-options model.backbone.init_cfg=None` does: no download.
    cfg.merge_from_dict({'model.backbone.init_cfg': None})
    cfg.model.setdefault('data_preprocessor', cfg.data_preprocessor)
    return MODELS.build(cfg.model)


def test_there_are_configs():
    assert FILES


def test_model(cfg):
    model = build_model(cfg)
    assert model.embedding_dim == 512
    with torch.no_grad():
        image = torch.rand(1, 3, 256, 128)
        assert model.extract_feat(
            image, stage='backbone')[-1].shape == (1, 2048, 16, 8)
        embedding = model.eval()(image)
    assert embedding.shape == (1, 512)
    assert (embedding >= 0).all()  # after the ReLU
    # tools/train.py fills the classes in, which needs the key.
    assert 'num_classes' in cfg.model.head
    assert cfg.model.head.loss_cls is not None


def test_batches_hold_whole_groups(cfg):
    loader = cfg.train_dataloader
    assert loader.batch_size % loader.sampler.num_instances == 0
    # Batch norm fails on a last batch of one image.
    assert loader.drop_last


def test_schedule_is_that_of_the_name(cfg):
    name = Path(cfg.filename).stem
    assert f'-{cfg.train_cfg.max_epochs}e_' in name
    assert f'_b{cfg.train_dataloader.batch_size}-' in name
    assert cfg.auto_scale_lr.base_batch_size == cfg.train_dataloader.batch_size


def test_seed_settings():
    cfg = Config.fromfile(FAMILY /
                          'resnet50-fc512_b32-60e_soccernet-10pct_256x128.py')
    assert cfg.train_dataloader.dataset.fraction == 0.1
    assert cfg.train_dataloader.sampler.to_dict() == dict(
        type='snreid_mm.ActionIdentitySampler',
        num_instances=4,
        scope='all',
        singletons='repeat')
    assert cfg.optim_wrapper.optimizer.to_dict() == dict(
        type='Adam', lr=1e-5, weight_decay=5e-4)
    head = cfg.model.head
    assert head.loss_cls.loss_weight == head.loss_triplet.loss_weight == 0.5


def test_metafile_lists_the_configs():
    text = (FAMILY / 'metafile.yml').read_text()
    meta = yaml.safe_load(text)
    assert 'Weights: null' not in text
    collections = [entry['Name'] for entry in meta['Collections']]
    listed = {}
    for entry in meta['Models']:
        assert entry['Name'] == entry['Name'].lower()
        assert entry['In Collection'] in collections
        listed[entry['Name']] = entry['Config']
    assert listed == {
        path.stem: f'configs/baselines/{path.name}'
        for path in FILES
    }


def test_metafile_counts_are_the_models(cfg):
    meta = yaml.safe_load((FAMILY / 'metafile.yml').read_text())
    name = Path(cfg.filename).stem
    entry = next(e for e in meta['Models'] if e['Name'] == name)
    model = build_model(cfg)
    assert entry['Metadata']['Parameters'] == sum(
        parameter.numel() for parameter in model.parameters())


def test_readme_names_every_config():
    text = (FAMILY / 'README.md').read_text()
    for path in FILES:
        assert path.name in text
