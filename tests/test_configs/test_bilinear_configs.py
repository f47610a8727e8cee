import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from mmengine.analysis import get_model_complexity_info
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner
from mmpretrain.structures import DataSample
from PIL import Image
from tool_runner import environment_of
from torchvision import transforms

from snreid_mm.registry import MODELS, TRANSFORMS
from snreid_mm.results.quick import shrink
from snreid_mm.utils.config import apply_options, load_config

ROOT = Path(__file__).resolve().parents[2]
FAMILY = ROOT / 'configs/bilinear'
FILES = sorted(FAMILY.glob('*.py'))
ORIGINAL = 'two-stream-snreid_b32-60e_soccernet-10pct_256x128.py'
ORIGINALS = (ORIGINAL, 'two-stream-snreid_b32-40e_soccernet-2pct_256x128.py')
TAPPED = 'two-stream-layers_b32-60e_soccernet-10pct_256x128.py'
# A ResNet in the place of either network.
SMALL = dict(
    type='ResNet',
    depth=18,
    stem_channels=4,
    base_channels=4,
    strides=(1, 2, 2, 1))


def without_weights(path):
    """What README.md's options do: no weights are downloaded or read."""
    cfg = Config.fromfile(path)
    options = ['model.backbone.init_cfg']
    parts = cfg.model.get('part_extractor')
    if parts is not None:
        options.append('model.part_extractor.' +
                       ('checkpoint' if 'checkpoint' in
                        parts else 'init_cfg'))
    for option in options:
        assert f'{option}=None' in (FAMILY / 'README.md').read_text()
    # tools/train.py's way, which refuses options that would do nothing.
    return load_config(str(path), {option: None for option in options})


def build(cfg, **head):
    model = dict(cfg.model, data_preprocessor=cfg.data_preprocessor)
    model['head'] = dict(model['head'], **head)
    return MODELS.build(model)


def num_parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.fixture(scope='module')
def metadata():
    meta = yaml.safe_load((FAMILY / 'metafile.yml').read_text())
    return {entry['Name']: entry for entry in meta['Models']}


def test_there_are_configs():
    assert len(FILES) == 12


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_model(path, metadata):
    cfg = without_weights(path)
    assert 'Pretrained' not in str(cfg.model) and 'http' not in str(cfg.model)
    model = build(cfg).eval()
    assert model.embedding_dim == 512
    assert num_parameters(model) == metadata[path.stem]['Metadata'][
        'Parameters']
    # Only a classifier needs a number of classes.
    has_classifier = path.name not in ORIGINALS
    assert model.head.lacks_classes == has_classifier
    assert (cfg.model.head.loss_cls is not None) == has_classifier


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_weights_are_those_a_user_needs(path):
    model = Config.fromfile(path).model
    assert model.backbone.init_cfg.checkpoint == 'torchvision://resnet50'
    parts = model.get('part_extractor')
    if parts is None:
        assert path.stem.startswith('appearance-only')
    elif 'pitch' in path.stem:
        # Those that configs/pose trains, with the name of the backbone there.
        folder = Path(parts.init_cfg.checkpoint).parent
        pose = ROOT / f'configs/pose/{folder.name}.py'
        assert Config.fromfile(pose).model.backbone.type == 'OpenPoseParts'
        assert parts.init_cfg.checkpoint == (
            f'work_dirs/{pose.stem}/'
            f'epoch_{Config.fromfile(pose).train_cfg.max_epochs}.pth')
        assert parts.init_cfg.prefix == 'backbone.'
    elif parts.type == 'snreid_mm.OpenPoseParts':
        assert parts.init_cfg.checkpoint == 'checkpoints/openpose_parts.pth'
    else:
        assert parts.checkpoint.startswith('https://download.openmmlab.com/')


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_schedule_is_that_of_the_name(path):
    cfg = Config.fromfile(path)
    assert path.name == path.name.lower()
    assert f'-{cfg.train_cfg.max_epochs}e_' in path.stem
    loader = cfg.train_dataloader
    assert f'_b{loader.batch_size}-' in path.stem
    assert cfg.auto_scale_lr.base_batch_size == loader.batch_size
    assert loader.batch_size % loader.sampler.num_instances == 0
    assert loader.drop_last
    share = {'10pct': .1, '2pct': .02, 'full': 1., 'bench': 1.}
    name = path.stem.split('_')[2].split('-')[1]
    assert loader.dataset.get('fraction', 1.) == share[name]


# -- the original's model -----------------------------------------------------


@pytest.fixture(scope='module')
def original():
    return build(without_weights(FAMILY / ORIGINAL)).eval()


def test_shapes_of_the_original(original):
    image = torch.rand(1, 3, 256, 128)
    with torch.no_grad():
        appearance = original.extract_feat(image, stage='backbone')
        parts = original.extract_feat(image, stage='part_extractor')
        embedding = original(image)
    assert appearance[-1].shape == (1, 2048, 16, 8)
    assert parts[0].shape == (1, 128, 16, 8)
    assert original.neck.map_channels == (128, 128)
    assert embedding.shape == (1, 512)
    assert torch.allclose(embedding.norm(dim=1), torch.ones(1))


def test_size_of_the_original(original, metadata):
    total = num_parameters(original)
    # What its object holds beside, of torchreid's resnet50_fc512: the layer
    # and its batch norm, and a classifier, here of 1,000 identities.
    unused = (2048 + 1) * 512 + 2 * 512
    classifier = (512 + 1) * 1000
    assert total + unused + classifier == 55_301_594
    text = (FAMILY / 'README.md').read_text()
    for count in (total, unused, classifier, 55_301_594):
        assert f'{count:,}' in text

    macs = get_model_complexity_info(
        original, (3, 256, 128), show_table=False, show_arch=False)['flops']
    assert abs(2 * macs / 41.3e9 - 1) < .01
    for name in ORIGINALS:
        entry = metadata[Path(name).stem]['Metadata']
        assert (entry['FLOPs'], entry['Parameters']) == (macs, total)
        assert entry['Training Techniques'] == [
            'Adam', 'Batch-hard Triplet Loss'
        ]


def test_hashes_of_the_original(original):
    neck = original.neck
    for name, seeds in dict(appearance=(1, 3), part=(5, 7)).items():
        hashes, signs = (
            np.random.RandomState(seed).randint(size, size=128)
            for seed, size in zip(seeds, (512, 2)))
        assert getattr(neck, f'{name}_hash').tolist() == hashes.tolist()
        assert getattr(neck, f'{name}_sign').tolist() == [
            2 * sign - 1 for sign in signs
        ]


def test_loss_of_the_original():
    model = build(without_weights(FAMILY / ORIGINAL)).train()
    assert model.taps is None and model.head.classifier is None
    images = torch.rand(
        4, 3, 256, 128, generator=torch.Generator().manual_seed(0))
    samples = [DataSample().set_gt_label(label) for label in (0, 0, 1, 1)]
    losses = model(images, samples, mode='loss')
    assert list(losses) == ['loss_triplet']
    # By the definition: margin 0.3, L2, the hardest of the batch.
    embeddings = model(images)
    distances = torch.cdist(embeddings, embeddings)
    same = torch.eye(2, dtype=torch.bool).repeat_interleave(2, 0)
    same = same.repeat_interleave(2, 1)
    hardest = distances.masked_fill(~same, 0).amax(1) - distances.masked_fill(
        same, 9).amin(1)
    expected = (hardest + .3).relu().mean()
    assert torch.isclose(losses['loss_triplet'], expected, rtol=1e-3)
    losses['loss_triplet'].backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


class Losses(Hook):
    """Keeps the names of what a training reports."""

    def __init__(self):
        self.names = set()

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        self.names |= set(outputs)


@pytest.mark.parametrize('name, losses', [
    (ORIGINAL, {'loss_triplet'}),
    (TAPPED, {
        'loss_cls', 'loss_triplet', 'loss_tap0_triplet', 'loss_tap1_triplet'
    }),
])
def test_losses_that_a_training_logs(name, losses, tiny_pitch, tmp_path):
    cfg = Config.fromfile(FAMILY / name)
    cfg.model = small(FAMILY / name).model
    cfg.model.head.num_classes = None
    apply_options(cfg, dict(data_root=str(tiny_pitch)))
    shrink(cfg)
    cfg.model.input_size = (192, 96)
    cfg.work_dir, cfg.experiment_name = str(tmp_path), Path(name).stem
    cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint.save_best = None
    runner = Runner.from_cfg(cfg)
    hook = Losses()
    runner.register_hook(hook)
    runner.train()
    assert hook.names == {'loss', *losses}


@pytest.mark.parametrize('name', ORIGINALS)
def test_settings_of_the_original(name):
    cfg = Config.fromfile(FAMILY / name)
    assert cfg.train_dataloader.batch_size == 32
    assert cfg.train_dataloader.sampler.to_dict() == dict(
        type='snreid_mm.ActionIdentitySampler',
        num_instances=4,
        scope='all',
        singletons='repeat')
    assert cfg.optim_wrapper.optimizer.to_dict() == dict(
        type='Adam', lr=1e-5, weight_decay=5e-4)
    assert cfg.param_scheduler.to_dict() == dict(
        type='StepLR', by_epoch=True, step_size=20, gamma=.1)
    assert cfg.train_cfg.max_epochs == (40 if '2pct' in name else 60)
    model = cfg.model
    assert model.part_extractor.input_scaling == 'snreid'
    assert model.neck.to_dict() == dict(
        type='snreid_mm.CompactBilinearPooling',
        out_channels=512,
        hashes='snreid',
        appearance_proj=dict(out_channels=128, kernel_size=7))
    assert model.head.loss_triplet.to_dict() == dict(
        type='snreid_mm.BatchHardTripletLoss', margin=.3, loss_weight=1.)
    assert not model.get('normalize_embedding')
    steps = [step.type for step in cfg.train_dataloader.dataset.pipeline]
    assert steps == [
        'snreid_mm.LoadCropFromFile', 'Resize', 'RandomFlip', 'PackInputs'
    ]
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        assert cfg[loader].dataset.pipeline[1].to_dict() == dict(
            type='Resize', scale=(128, 256), backend='pillow')


@pytest.mark.parametrize('shape', [(40, 17), (123, 59), (801, 400)])
def test_images_are_resized_as_the_original_does(shape):
    cfg = Config.fromfile(FAMILY / ORIGINAL)
    resize = TRANSFORMS.build(cfg.test_dataloader.dataset.pipeline[1])
    image = np.random.RandomState(0).randint(
        256, size=(*shape, 3), dtype=np.uint8)
    ours = resize(dict(img=image))['img']
    theirs = transforms.Resize((256, 128))(Image.fromarray(image))
    assert np.array_equal(ours, theirs)


def test_settings_of_today():
    cfg = Config.fromfile(
        FAMILY / 'two-stream-layers_b128-60e_soccernet-full_256x128.py')
    assert cfg.train_dataloader.sampler.to_dict() == dict(
        type='snreid_mm.ActionIdentitySampler', num_instances=2)
    assert cfg.optim_wrapper.optimizer.type == 'AdamW'
    assert cfg.model.neck[0].appearance_proj.kernel_size == 1
    parts = MODELS.build(dict(cfg.model.part_extractor, init_cfg=None))
    assert parts.input_scaling == 'openpose'


def test_ladder_changes_the_model_alone():
    ladder = [
        Config.fromfile(FAMILY /
                        f'{name}_b128-60e_soccernet-10pct_256x128.py')
        for name in ('appearance-only', 'two-stream-concat',
                     'two-stream-bilinear', 'two-stream-compact',
                     'two-stream-layers')
    ]
    rest = [{k: v
             for k, v in cfg.to_dict().items()
             if k not in ('model', 'layer_similarity')}
            for cfg in ladder]
    assert all(each == rest[0] for each in rest)
    bilinear, compact, layers = (dict(cfg.model) for cfg in ladder[2:])
    for key in ('part_extractor', 'head', 'backbone'):
        assert bilinear[key] == compact[key] == ladder[1].model[key]
    assert layers['neck'] == compact['neck']


# -- checkpoints ------------------------------------------------------------


def small(path):
    """The same model with small networks, for images of 64 x 32."""
    cfg = Config.fromfile(path)
    out_indices = cfg.model.backbone.get('out_indices', (3, ))
    cfg.model.backbone = dict(SMALL, out_indices=out_indices)
    if cfg.model.get('part_extractor') is not None:
        cfg.model.part_extractor = SMALL
    cfg.model.input_size = (64, 32)
    cfg.model.head.num_classes = 5
    return Config(dict(model=cfg.model))


def test_a_learning_rate_of_the_parts():
    key, factor = re.search(
        r'--cfg-options (optim_wrapper\S+lr_mult)=(\S+)',
        (FAMILY / 'README.md').read_text()).groups()
    path = FAMILY / 'two-stream-layers_b128-60e_soccernet-full_256x128.py'
    cfg = load_config(str(path), {key: float(factor)})
    model = MODELS.build(small(path).model)
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
    names = {id(value): name for name, value in model.named_parameters()}
    rates = {
        names[id(value)]: group['lr']
        for group in optimizer.param_groups for value in group['params']
    }
    assert rates.keys() == set(names.values())
    base = cfg.optim_wrapper.optimizer.lr
    for name, rate in rates.items():
        wanted = .1 if name.startswith('part_extractor.') else 1.
        assert rate == pytest.approx(wanted * base), name


def test_checkpoints_reload_in_a_new_process(tmp_path):
    images = torch.rand(3, 3, 64, 32)
    torch.save(images, tmp_path / 'images.pt')
    expected = {}

    def save(name, cfg, again=None):
        model = MODELS.build(cfg.model)
        model.init_weights()
        with torch.no_grad():
            model.train()(images)  # the running means of the batch norms
            expected[name] = model.eval()(images)
        torch.save(
            dict(state_dict=model.state_dict(), meta=dict(epoch=1)),
            tmp_path / f'{name}.pth')
        (again or cfg).dump(str(tmp_path / f'{name}.py'))

    reloaded = [*FILES, *sorted((ROOT / 'configs/ablation').glob('*.py'))]
    for path in reloaded:
        save(path.stem, small(path))
    # Layers joined to the embedding, for which the taps decide too.
    joined = small(FAMILY / TAPPED)
    joined.model.taps.join_weights = [1., .2, .3]
    save('joined', joined)
    # The sketch's seed changes in the config: the checkpoint's hashes stay.
    path = FAMILY / 'two-stream-compact_b128-60e_soccernet-10pct_256x128.py'
    reseeded = small(path)
    reseeded.model.neck[0].seed = 7
    assert not torch.equal(
        MODELS.build(reseeded.model).neck[0].appearance_hash,
        MODELS.build(small(path).model).neck[0].appearance_hash)
    save('reseeded', small(path), again=reseeded)

    subprocess.run([
        sys.executable,
        Path(__file__).parents[1] / 'helpers/reload_small_models.py', tmp_path
    ],
                   check=True,
                   env=environment_of())
    assert len(expected) == len(reloaded) + 2 == 25
    for name, embeddings in expected.items():
        again = torch.load(tmp_path / f'{name}.pt', weights_only=True)
        assert torch.equal(again, embeddings), name
        assert embeddings.abs().sum() > 0


# -- documents --------------------------------------------------------------


def test_metafile_lists_the_configs(metadata):
    assert {name: entry['Config']
            for name, entry in metadata.items()} == {
                path.stem: f'configs/bilinear/{path.name}'
                for path in FILES
            }
    assert all(name == name.lower() for name in metadata)
    for path in FILES:
        entry = metadata[path.stem]['Metadata']
        cfg = Config.fromfile(path)
        assert entry['Epochs'] == cfg.train_cfg.max_epochs
        assert entry['Batch Size'] == cfg.train_dataloader.batch_size
    assert 'Weights: null' not in (FAMILY / 'metafile.yml').read_text()
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    assert 'configs/bilinear/metafile.yml' in index['Import']


def test_readme_names_every_config():
    text = (FAMILY / 'README.md').read_text()
    for path in FILES:
        assert path.name in text
