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
from mmengine.dataset import pseudo_collate
from mmengine.registry import DefaultScope
from mmpose.registry import DATASETS
from mmpose.registry import MODELS as POSE_MODELS
from tool_runner import environment_of

from snreid_mm.registry import HOOKS, METRICS, MODELS, VISUALIZERS
from snreid_mm.utils.config import apply_options, load_config
from snreid_mm.utils.keypoint_files import check_keypoint_files

ROOT = Path(__file__).resolve().parents[2]
FAMILY = ROOT / 'configs/pose'
FILES = sorted(FAMILY.glob('*.py'))
README = (FAMILY / 'README.md').read_text()
LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
SMALLEST, = FAMILY.glob('td-hm_resnet18*_128x64.py')

each_file = pytest.mark.parametrize('path', FILES, ids=lambda p: p.stem)


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        yield


def size_of(path):
    """Height and width of the images, by the file's name."""
    return tuple(map(int, path.stem.split('_')[-1].split('x')))


def steps(pipeline, kind):
    return [step for step in pipeline if step.type.endswith(kind)]


def test_there_are_configs():
    assert len(FILES) == 6


@each_file
def test_it_is_built_and_runs_on_a_pitch(path, tiny_pitch):
    cfg = load_config(str(path), {'data_root': str(tiny_pitch)})
    # Nothing is downloaded.
    assert 'Pretrained' not in str(cfg.model) and 'http' not in str(cfg.model)
    check_keypoint_files(cfg, LOADERS)
    model = POSE_MODELS.build(cfg.model)
    num_parameters = sum(each.numel() for each in model.parameters())
    assert num_parameters == metadata()[path.stem]['Metadata']['Parameters']
    height, width = size_of(path)
    for loader in LOADERS:
        dataset = DATASETS.build(cfg[loader].dataset)
        assert len(dataset) > 20
        packed = dataset[0]
        assert packed['inputs'].shape == (3, height, width)
        decoder = cfg.model.head.decoder
        if loader == 'train_dataloader':
            maps = packed['data_samples'].gt_fields.heatmaps
            assert maps.shape == (17, *decoder.heatmap_size[::-1])
            assert maps.amax((1, 2)).max() == 1
    # The small one, which costs nothing, also learns and predicts.
    if path == SMALLEST:
        train = DATASETS.build(cfg.train_dataloader.dataset)
        batch = pseudo_collate([train[i] for i in range(2)])
        losses = model.train_step(batch, _Optimizer())
        assert losses['loss_kpt'] > 0
        model.eval()
        test = DATASETS.build(cfg.test_dataloader.dataset)
        with torch.no_grad():
            found, = model.test_step(pseudo_collate([test[0]]))
        assert found.pred_instances.keypoints.shape == (1, 17, 2)
        assert np.isfinite(found.pred_instances.keypoints).all()


class _Optimizer:
    """Stands in for an optimizer's wrapper, and updates nothing."""

    def optim_context(self, model):
        return torch.enable_grad()

    def update_params(self, loss):
        assert np.isfinite(loss.item())
        loss.backward()


@each_file
def test_one_size_stands_everywhere(path):
    cfg = Config.fromfile(path)
    height, width = size_of(path)
    decoder = cfg.model.head.decoder
    assert tuple(decoder.input_size) == (width, height)
    for loader in LOADERS:
        pipeline = cfg[loader].dataset.pipeline
        resize, = steps(pipeline, 'ResizeCropWithKeypoints')
        assert tuple(resize.input_size) == (width, height)
        for target in steps(pipeline, 'GenerateTarget'):
            for key in ('input_size', 'heatmap_size', 'sigma'):
                assert target.encoder[key] == decoder[key]
    # Where that is not so, the runner's hook says it.
    assert HOOKS.get(cfg.default_hooks.pose_check.type)


def test_mmpose_alone_finds_our_backbone():
    path, = FAMILY.glob('td-hm_openpose_b64*.py')
    code = ('import sys; from mmengine.config import Config; '
            'from mmpose.registry import MODELS; '
            'assert "snreid_mm" not in sys.modules; '
            'Config.fromfile(sys.argv[1]); '
            'assert MODELS.get("OpenPoseParts")')
    subprocess.run([sys.executable, '-W', 'ignore', '-c', code, path],
                   check=True,
                   env=environment_of())


@each_file
def test_settings_are_those_of_the_name(path):
    cfg = Config.fromfile(path)
    assert path.name == path.name.lower()
    assert f'-{cfg.train_cfg.max_epochs}e_' in path.stem
    assert f'_b{cfg.train_dataloader.batch_size}-' in path.stem
    assert cfg.auto_scale_lr.base_batch_size == cfg.train_dataloader.batch_size
    for loader, split in zip(LOADERS, ('train', 'valid', 'test')):
        dataset = cfg[loader].dataset
        assert dataset.ann_file == f'keypoints/{split}.json'
        preset = 'broadcast' if '_pitch-broadcast' in path.stem else 'bench'
        assert dataset.data_root == f'data/pitch-{preset}'
        assert dataset.get('test_mode', False) == (split != 'train')
    # Batch norm fails on a last batch of one image.
    assert cfg.train_dataloader.drop_last
    assert [METRICS.get(each.type) is not None
            for each in cfg.test_evaluator] == [True, True]
    assert cfg.default_hooks.checkpoint.save_best == 'PCK'
    assert VISUALIZERS.get(cfg.visualizer.type)


# -- documents --------------------------------------------------------------


def metadata():
    meta = yaml.safe_load((FAMILY / 'metafile.yml').read_text())
    collection, = meta['Collections']
    assert {each['In Collection']
            for each in meta['Models']} == {collection['Name']}
    return {each['Name']: each for each in meta['Models']}


def test_metafile_lists_the_configs():
    assert {name: each['Config']
            for name, each in metadata().items()} == {
                path.stem: f'configs/pose/{path.name}'
                for path in FILES
            }
    for path in FILES:
        entry = metadata()[path.stem]['Metadata']
        cfg = Config.fromfile(path)
        assert entry['Epochs'] == cfg.train_cfg.max_epochs
        assert entry['Batch Size'] == cfg.train_dataloader.batch_size
        assert cfg.optim_wrapper.optimizer.type in entry['Training Techniques']


@each_file
def test_the_readmes_counts_are_the_metafiles(path):
    entry = metadata()[path.stem]['Metadata']
    row, = [line for line in README.splitlines() if f'({path.name})' in line]
    cells = [cell.strip() for cell in row.split('|')]
    assert f'{entry["Parameters"] / 1e6:.1f} M' in cells
    assert f'{entry["FLOPs"] / 1e9:.2f} G' in cells
    assert '{} × {}'.format(*size_of(path)) in cells


def test_multiply_additions_are_the_models():
    model = POSE_MODELS.build(Config.fromfile(SMALLEST).model).eval()
    model.forward = model._forward
    macs = get_model_complexity_info(
        model, (3, *size_of(SMALLEST)), show_table=False,
        show_arch=False)['flops']
    assert macs == metadata()[SMALLEST.stem]['Metadata']['FLOPs']


def test_every_file_that_the_readme_names_exists():
    names = re.findall(r'(?:configs|tools)/[\w./-]+\.py', README)
    assert len(names) > 4
    for name in names:
        assert (ROOT / name).is_file(), name


def test_the_readmes_part_stream_builds(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)  # its paths are relative to the project
    text = re.findall(r'```python\n(.*?)```', README, re.DOTALL)[0]
    path = tmp_path / 'parts.py'
    path.write_text(text.replace("'../", f"'{ROOT}/configs/"))
    cfg = Config.fromfile(path)
    apply_options(cfg, {'model.backbone.init_cfg': None})
    model = MODELS.build(cfg.model).eval()
    with torch.no_grad():
        assert model.extract_feat(
            torch.zeros(1, 3, 256, 128),
            stage='part_extractor')[0].shape == (1, 17, 16, 8)
