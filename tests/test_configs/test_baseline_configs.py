from pathlib import Path

import pytest
import timm
import torch
import yaml
from mmengine.analysis import get_model_complexity_info
from mmengine.config import Config
from mmpretrain.structures import DataSample

from snreid_mm.registry import MODELS
from snreid_mm.utils.config import load_config

CONFIGS = Path(__file__).parents[2] / 'configs'
FAMILY = CONFIGS / 'baselines'
FILES = sorted(FAMILY.glob('*.py'))
README = (FAMILY / 'README.md').read_text()
# By the start of the file's name: the option that README.md names, the
# backbone's last map, the length of the embedding, and the weights.
MODEL = {
    'osnet-x1.0': (('model.init_cfg', None), (512, 16, 8), 512,
                   'checkpoints/osnet_x1_0.pth'),
    'resnet50-fc512': (('model.backbone.init_cfg', None), (2048, 16, 8), 512,
                       'torchvision://resnet50'),
    'inception-v4': (('model.backbone.pretrained', False), (1536, 6, 2), 1536,
                     None),
    'resnet50mid': (('model.backbone.init_cfg', None), (2048, 8, 4), 3072,
                    'torchvision://resnet50'),
}
# sn-reid's Table 3, which adds one thing to the row of ResNet50-fc512.
LAYERS = FAMILY / 'resnet50-layers_b32-60e_soccernet-10pct_256x128.py'
MODEL_FILES = [path for path in FILES if path != LAYERS]
SUBSETS = {'10pct': .1, '2pct': .02, 'full': 1.}


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def cfg(path):
    return Config.fromfile(path)


def expected(path):
    name = path.name.split('_')[0]
    return MODEL['resnet50-fc512' if path == LAYERS else name]


def without_weights(path):
    """What README.md's options do: no weights are downloaded or read."""
    key, value = expected(path)[0]
    assert f'`{key}={value}`' in README
    # tools/train.py's way, which refuses options that would do nothing.
    return load_config(str(path), {key: value})


def build(cfg):
    return MODELS.build(
        dict(cfg.model, data_preprocessor=cfg.data_preprocessor))


def num_parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


def one_for_each(models=MODEL):
    return pytest.mark.parametrize('path', [
        next(path for path in FILES if path.name.startswith(f'{name}_'))
        for name in models
    ], ids=list(models))


def test_there_are_configs():
    names = {path.stem for path in FILES}
    for model in MODEL:
        for run in ('b32-60e_soccernet-10pct', 'b32-40e_soccernet-2pct',
                    'b128-60e_soccernet-10pct', 'b128-60e_soccernet-2pct'):
            names.remove(f'{model}_{run}_256x128')
    assert names == {
        'resnet50-fc512_b128-60e_soccernet-full_256x128', LAYERS.stem
    }


@one_for_each()
def test_model(path):
    cfg = without_weights(path)
    assert 'Pretrained' not in str(cfg.model)
    cfg.model.head.num_classes = 3
    model = build(cfg)
    model.init_weights()
    _, shape, length, _ = expected(path)
    assert model.embedding_dim == model.head.in_channels == length
    model.eval()
    image = torch.rand(2, 3, 256, 128)
    with torch.no_grad():
        maps = model.extract_feat(image[:1], stage='backbone')
        embedding = model(image[:1])
    assert maps[-1].shape == (1, *shape)
    assert embedding.shape == (1, length)
    assert (embedding >= 0).all()  # after the ReLU
    if length == 1536:  # an average, and no layer
        assert not list(model.neck.parameters())
    samples = [DataSample().set_gt_label(label) for label in (0, 1)]
    losses = model.train()(image, samples, mode='loss')
    (losses['loss_cls'] + losses['loss_triplet']).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize(
    'path', MODEL_FILES, ids=lambda path: path.stem)
def test_every_file_has_its_networks_model(path):
    cfg = Config.fromfile(path)
    names = [name for name in MODEL if path.name.startswith(f'{name}_')]
    assert len(names) == 1
    # Networks and necks; the losses are those of the settings.
    batch = '_b32-' if '_b32-' in path.name else '_b128-'
    twins = [
        Config.fromfile(each) for each in FILES
        if each.name.startswith(f'{names[0]}_') and batch in each.name
    ]
    assert all(cfg.model == twin.model for twin in twins)
    # tools/train.py fills the classes in, which needs the key.
    assert 'num_classes' in cfg.model.head
    assert cfg.model.head.loss_cls is not None
    assert cfg.model.head.loss_triplet is not None


@one_for_each()
def test_weights_are_those_a_user_needs(path):
    cfg = Config.fromfile(path)
    checkpoint = expected(path)[3]
    if checkpoint is None:
        assert cfg.model.backbone.pretrained is True
        return
    owner = cfg.model
    for key in expected(path)[0][0].split('.')[1:-1]:
        owner = owner[key]
    assert owner.init_cfg.to_dict() == dict(
        type='Pretrained', checkpoint=checkpoint)
    assert str(cfg.model).count('Pretrained') == 1


def test_batches_hold_whole_groups(cfg):
    loader = cfg.train_dataloader
    assert loader.batch_size % loader.sampler.num_instances == 0
    # Batch norm fails on a last batch of one image.
    assert loader.drop_last


def test_settings_are_those_of_the_name(path, cfg):
    assert path.name == path.name.lower()
    assert f'-{cfg.train_cfg.max_epochs}e_' in path.stem
    loader = cfg.train_dataloader
    assert f'_b{loader.batch_size}-' in path.stem
    assert cfg.auto_scale_lr.base_batch_size == loader.batch_size
    subset = path.stem.split('soccernet-')[1].split('_')[0]
    assert loader.dataset.get('fraction', 1.) == SUBSETS[subset]
    # They build on `_base_`, and say what is special.
    code = [
        line for line in path.read_text().splitlines()
        if line and not line.startswith('#')
    ]
    assert len(code) <= 14


def test_seed_settings(path, cfg):
    sampler = cfg.train_dataloader.sampler.to_dict()
    optimizer = cfg.optim_wrapper.optimizer.to_dict()
    head = cfg.model.head
    if '_b32-' not in path.stem:
        assert sampler == dict(
            type='snreid_mm.ActionIdentitySampler', num_instances=2)
        assert optimizer['type'] == 'AdamW'
        return
    assert sampler == dict(
        type='snreid_mm.ActionIdentitySampler',
        num_instances=4,
        scope='all',
        singletons='repeat')
    assert optimizer == dict(type='Adam', lr=1e-5, weight_decay=5e-4)
    assert head.loss_cls.loss_weight == head.loss_triplet.loss_weight == 0.5
    assert not head.loss_triplet.get('normalize', False)
    assert cfg.data_preprocessor.mean == [123.675, 116.28, 103.53]
    assert cfg.train_cfg.max_epochs == (40 if '2pct' in path.stem else 60)
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        assert cfg[loader].dataset.pipeline[1].backend == 'pillow'


def test_layer_similarity_adds_its_taps_alone():
    cfg = Config.fromfile(LAYERS)
    plain = Config.fromfile(
        FAMILY / 'resnet50-fc512_b32-60e_soccernet-10pct_256x128.py')
    for key, value in plain.items():
        assert key == 'model' or cfg[key] == value, key
    # One loss for each of three taps, one layer each, and equal weights.
    cfg = without_weights(LAYERS)
    cfg.model.head.num_classes = 3
    model = build(cfg)
    assert model.taps.out_channels == (512, ) * 3
    assert num_parameters(model.taps) == sum(
        (channels + 1) * 512 for channels in (256, 512, 1024))
    assert {loss.loss_weight for loss in model.head.loss_tap
            } == {model.head.loss_triplet.loss_weight} == {.5}
    samples = [DataSample().set_gt_label(label) for label in (0, 0, 1, 1)]
    losses = model.train()(torch.rand(4, 3, 256, 128), samples, mode='loss')
    assert set(losses) == {
        'loss_cls', 'loss_triplet', 'loss_tap0_triplet', 'loss_tap1_triplet',
        'loss_tap2_triplet'
    }
    for key in ('taps', 'head', 'backbone'):
        cfg.model.pop(key), plain.model.pop(key)
    assert cfg.model == plain.model


def test_inception_sees_what_its_weights_saw():
    weights = timm.get_pretrained_cfg('inception_v4')
    for path in FILES:
        if path.name.startswith('inception-v4_b128'):
            preprocessor = Config.fromfile(path).data_preprocessor
            for key in ('mean', 'std'):
                assert preprocessor[key] == [
                    255 * each for each in getattr(weights, key)
                ]
            assert preprocessor.to_rgb


# -- documents --------------------------------------------------------------


@pytest.fixture(scope='module')
def metadata():
    meta = yaml.safe_load((FAMILY / 'metafile.yml').read_text())
    collections = [entry['Name'] for entry in meta['Collections']]
    for entry in meta['Models']:
        assert entry['Name'] == entry['Name'].lower()
        assert entry['In Collection'] in collections
    return {entry['Name']: entry for entry in meta['Models']}


def test_metafile_lists_the_configs(metadata):
    assert 'Weights: null' not in (FAMILY / 'metafile.yml').read_text()
    assert {name: entry['Config']
            for name, entry in metadata.items()} == {
                path.stem: f'configs/baselines/{path.name}'
                for path in FILES
            }
    for path in FILES:
        entry = metadata[path.stem]['Metadata']
        cfg = Config.fromfile(path)
        assert entry['Epochs'] == cfg.train_cfg.max_epochs
        assert entry['Batch Size'] == cfg.train_dataloader.batch_size
        assert cfg.optim_wrapper.optimizer.type in entry['Training Techniques']


@one_for_each()
def test_counts_are_the_models(path, metadata):
    model = build(without_weights(path)).eval()
    count = num_parameters(model)
    macs = get_model_complexity_info(
        model, (3, 256, 128), show_table=False, show_arch=False)['flops']
    name = path.name.split('_')[0]
    for stem, entry in metadata.items():
        if stem.startswith(f'{name}_'):
            assert entry['Metadata']['Parameters'] == count
            assert entry['Metadata']['FLOPs'] == macs
    row, = [
        line for line in README.splitlines() if f'({path.name})' in line
    ]
    assert f'| {count / 1e6:.1f} M |' in row
    assert f'| {macs / 1e9:.2f} G |' in row
    assert f'| {expected(path)[2]:,} |' in row


def test_readme_names_every_config():
    for path in FILES:
        assert f'({path.name})' in README
