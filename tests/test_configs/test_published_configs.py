"""The systems that others published, as configs."""

from pathlib import Path

import pytest
import yaml
from mmengine.config import Config
from mmpretrain.models import DeiT3, VisionTransformer
from one_iteration import shrink_network, train_one_iteration

FAMILY = Path(__file__).parents[2] / 'configs/published'
FILES = sorted(FAMILY.glob('*.py'))
META = {
    entry['Name']: entry
    for entry in yaml.safe_load((FAMILY / 'metafile.yml').read_text())
    ['Models']
}
README = (FAMILY / 'README.md').read_text()


def config(start):
    path, = FAMILY.glob(f'{start}_*.py')
    return Config.fromfile(path)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_one_iteration(path, tiny_pitch, tmp_path):
    cfg = Config.fromfile(path)
    shrink_network(cfg)
    train_one_iteration(cfg, tiny_pitch, tmp_path, batch_size=16)


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_names_metafile_and_readme_agree(path):
    cfg, entry = Config.fromfile(path), META[path.stem]
    metadata, score = entry['Metadata'], entry['Metadata']['Published Score']
    epochs, batch = cfg.train_cfg.max_epochs, cfg.train_dataloader.batch_size
    assert f'_b{batch}-{epochs}e_' in path.stem
    assert (metadata['Epochs'], metadata['Batch Size']) == (epochs, batch)
    assert cfg.auto_scale_lr.base_batch_size == batch
    assert cfg.optim_wrapper.optimizer.type in metadata['Training Techniques']
    # A score of others, with its source, and no claim that it is ours.
    assert score['Source'].startswith('https://')
    assert score['Reproduced'] is False and 'Results' not in entry
    row, = [line for line in README.splitlines() if f'({path.name})' in line]
    assert str(score['mAP']) in row and score['Source'] in row
    assert 'rank-1' not in score or str(score['rank-1']) in row


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_the_network_is_made_for_the_images(path):
    cfg = Config.fromfile(path)
    size = path.stem.rsplit('_', 1)[1]
    for loader in (cfg.train_dataloader, cfg.test_dataloader):
        pipeline = loader.dataset.pipeline
        scale, = [each.scale for each in pipeline if each.type == 'Resize']
        assert f'{scale[1]}x{scale[0]}' == size
        assert [each.crop_size for each in pipeline
                if each.type == 'RandomCrop'] in ([], [(256, 128)])
    backbone = cfg.model.backbone
    if 'img_size' in backbone:
        side = backbone.img_size
        assert (side if isinstance(side, tuple) else (side, side)) == (
            scale[1], scale[0])
        network = dict(VisionTransformer=VisionTransformer, DeiT3=DeiT3)
        assert backbone.arch in network[backbone.type].arch_zoo


def test_sportsreid():
    starts = [path.stem.split('_')[0] for path in FILES
              if path.stem.startswith('sportsreid-')]
    assert len(starts) == 5
    for start in starts:
        cfg = config(start)
        head = cfg.model.head
        assert head.loss_cls.loss_weight == .5
        assert head.loss_cls.label_smooth_val == .1
        assert (head.loss_triplet.margin, head.loss_triplet.loss_weight) == (
            .5, .9)
        assert head.losses.centroid.loss_weight == .5
        assert head.losses.centroid.get('margin') is None
        sampler = cfg.train_dataloader.sampler
        assert sampler.batch_size == 128 == 32 * sampler.num_instances
        # The embedding as it is: no unit length, no ReLU.
        assert 'normalize_embedding' not in cfg.model
        assert 'act_cfg' not in cfg.model.neck
    assert config('sportsreid-deit-small').model.neck.out_channels == 384
    cfg = config('sportsreid-resnet50-fc512')
    assert cfg.optim_wrapper.optimizer.to_dict() == dict(
        type='Adam', lr=3e-4, weight_decay=5e-4)
    assert (cfg.param_scheduler.step_size, cfg.param_scheduler.gamma) == (
        20, .1)


def test_mig():
    cfg = config('mig-vit-small')
    sampler = cfg.train_dataloader.sampler
    assert sampler.batch_size == 2 * sampler.identities_per_action * 2 == 16
    assert sampler.levels == () and sampler.singletons == 'drop'
    assert cfg.model.head.losses.identity.temperature == .15
    assert cfg.model.head.loss_cls is cfg.model.head.loss_triplet is None
    assert cfg.model.flip_test and cfg.model.normalize_embedding
    assert cfg.optim_wrapper.optimizer.lr == 4e-4
    assert cfg.param_scheduler[0].end == 20
    assert cfg.data_preprocessor.mean == cfg.data_preprocessor.std
    assert cfg.data_preprocessor.to_rgb


def test_clip_reident():
    cfg = config('clip-reident-vit-large')
    assert 'basketball' in README and 'basketball' in META[
        'clip-reident-vit-large_b32-4e_soccernet-full_224x224']['Metadata'][
            'Published Score']['Split']
    assert cfg.model.backbone.layer_cfgs.act_cfg.type.endswith('QuickGELU')
    assert cfg.test_evaluator.matching.to_dict() == dict(
        type='k_reciprocal', k1=20, k2=6, distance_weight=.3)
    assert 'matching' not in cfg.val_evaluator
    assert cfg.train_dataloader.sampler.to_dict() == dict(
        type='snreid_mm.ActionIdentitySampler',
        num_instances=2,
        scope='all',
        singletons='drop')


def test_one_action():
    cfg = config('one-action-resnet18')
    sampler = cfg.train_dataloader.sampler
    assert sampler.batch_size == 2 * sampler.identities_per_action == 16
    assert not any('referee' in role or 'Staff' in role
                   for role in cfg.train_dataloader.dataset.roles)
    # The decay that takes its convolutions' weights.
    assert 'weight_decay' not in cfg.optim_wrapper.optimizer
