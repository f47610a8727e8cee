from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config

from snreid_mm.engine.hooks.cost_hook import embedding_parameters
from snreid_mm.registry import MODELS
from snreid_mm.results.quick import forget_weights

ROOT = Path(__file__).parents[2]
FAMILY = ROOT / 'configs/pitch_table'
MODEL = {
    'two-stream': 512,
    'osnet-x1.0': 512,
    'resnet50-fc512': 512,
    'inception-v4': 1536,
    'resnet50mid': 3072,
}
SETTINGS = ('snreid', 'strong')
# The original's settings with a cross-entropy and taps beside them.
TAPPED = 'two-stream-layers_b32-500i_pitch-bench_96x48'


def name(model, setting):
    size = '80x80' if model == 'inception-v4' else '96x48'
    return f'{model}-{setting}_b32-500i_pitch-bench_{size}'


def load(model, setting):
    return Config.fromfile(FAMILY / f'{name(model, setting)}.py')


def resize(cfg, loader):
    step, = [
        step for step in cfg[loader].dataset.pipeline if step.type == 'Resize'
    ]
    return step


def metadata():
    meta = yaml.safe_load((FAMILY / 'metafile.yml').read_text())
    return {each['Name']: each['Metadata'] for each in meta['Models']}


def test_these_are_all():
    assert {path.stem
            for path in FAMILY.glob('*.py')} == {
                TAPPED, *(name(model, setting)
                          for model in MODEL for setting in SETTINGS)
            }


@pytest.mark.parametrize('model', MODEL)
def test_model(model):
    width, height = (80, 80) if model == 'inception-v4' else (48, 96)
    for setting in SETTINGS:
        cfg = load(model, setting)
        # Nothing is downloaded; the part stream alone starts from a file.
        lost = [note for note in forget_weights(cfg) if 'weights' in note]
        assert lost == (['model.part_extractor.init_cfg: random weights']
                        if model == 'two-stream' else [])
        assert tuple(cfg.model.input_size) == (height, width)
        for loader in ('train_dataloader', 'test_dataloader'):
            assert tuple(resize(cfg, loader).scale) == (width, height)
        cfg.model.head.num_classes = 7
        built = MODELS.build(
            dict(cfg.model, data_preprocessor=cfg.data_preprocessor)).eval()
        with torch.no_grad():
            embedding = built(torch.rand(2, 3, height, width))
        assert embedding.shape == (2, MODEL[model])
        is_unit = torch.allclose(embedding.norm(dim=1), torch.ones(2))
        assert is_unit == (setting == 'strong' or model == 'two-stream')
        assert embedding_parameters(built) == metadata()[
            name(model, setting)]['Parameters']


@pytest.mark.parametrize('setting', SETTINGS)
def test_rows_differ_in_their_model_alone(setting):
    def rest(model):
        cfg = load(model, setting)
        for loader in ('train_dataloader', 'test_dataloader'):
            resize(cfg, loader).scale = None
        return {
            key: value
            for key, value in cfg.to_dict().items()
            if key not in ('model', 'layer_similarity', 'image_size',
                           'train_pipeline', 'test_pipeline')
        }

    first, *others = [rest(model) for model in MODEL]
    assert all(other == first for other in others)


def test_the_settings():
    snreid, strong = (load('osnet-x1.0', setting) for setting in SETTINGS)
    for cfg in (snreid, strong):
        assert cfg.train_dataloader.batch_size == 32
        assert cfg.train_cfg.max_iters == 500
        assert cfg.optim_wrapper.type == 'snreid_mm.Bfloat16OptimWrapper'
        assert cfg.val_dataloader is cfg.val_cfg is cfg.val_evaluator is None
    assert snreid.train_dataloader.sampler == dict(
        type='snreid_mm.ActionIdentitySampler',
        num_instances=4,
        scope='all',
        singletons='repeat')
    assert strong.train_dataloader.sampler.num_instances == 2
    assert snreid.optim_wrapper.optimizer.lr == 3e-4
    assert strong.optim_wrapper.optimizer.lr == 3.5e-4
    for model in MODEL:
        snreid, strong = (load(model, setting).model for setting in SETTINGS)
        # The original's own model learned from triplets alone.
        alone = model == 'two-stream'
        assert snreid.head.loss_triplet.loss_weight == (1 if alone else .5)
        assert (snreid.head.loss_cls is None) == alone
        assert strong.head.loss_triplet.loss_weight == 1
        assert not snreid.head.loss_triplet.get('normalize', False)
        assert strong.head.loss_triplet.normalize
    snreid, strong = (load('two-stream', setting).model for setting in SETTINGS)
    assert snreid.part_extractor.input_scaling == 'snreid'
    assert 'input_scaling' not in strong.part_extractor
    assert snreid.neck.appearance_proj.kernel_size == 7
    assert strong.neck[0].appearance_proj.kernel_size == 1


def test_the_tapped_model_adds_its_losses_alone():
    tapped = Config.fromfile(FAMILY / f'{TAPPED}.py')
    snreid = load('two-stream', 'snreid')
    assert 'taps' in tapped.model and 'taps' not in snreid.model
    for key, value in snreid.items():
        assert key == 'model' or tapped[key] == value, key
    # It was measured with hashes of a seed of its own.
    assert 'hashes' not in tapped.model.neck
    assert snreid.model.neck == dict(tapped.model.neck, hashes='snreid')
    assert tapped.model.part_extractor == snreid.model.part_extractor


def test_parts_start_from_the_pose_estimator_of_configs_pose():
    for setting in SETTINGS:
        init = load('two-stream', setting).model.part_extractor.init_cfg
        folder = Path(init.checkpoint).parent
        pose = Config.fromfile(ROOT / f'configs/pose/{folder.name}.py')
        assert init.type == 'Pretrained' and init.prefix == 'backbone.'
        assert init.checkpoint == (
            f'work_dirs/{folder.name}/epoch_{pose.train_cfg.max_epochs}.pth')
        assert pose.model.backbone.type == 'OpenPoseParts'
