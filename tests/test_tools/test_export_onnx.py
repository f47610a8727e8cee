"""tools/deployment/export_onnx.py, and tools/test.py on what it writes."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from versions import needs_torch

from snreid_mm.deployment import OnnxBackend
from snreid_mm.registry import MODELS

TOOLS = Path(__file__).resolve().parents[2] / 'tools'
TOOL, TEST = TOOLS / 'deployment/export_onnx.py', TOOLS / 'test.py'
CONFIG = '''
_base_ = [
    '{root}/configs/_base_/models/resnet50_fc512.py',
    '{root}/configs/_base_/datasets/soccernet_reid.py',
    '{root}/configs/_base_/default_runtime.py',
]
data_root = '{data}'
pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=(16, 32)),
    dict(type='PackInputs', meta_keys=(
        'img_path', 'bbox_idx', 'action_idx', 'person_uid', 'subset')),
]
loader = dict(num_workers=0, persistent_workers=False, pin_memory=False,
              dataset=dict(data_root=data_root, pipeline=pipeline))
train_dataloader = loader
test_dataloader = loader
val_dataloader = loader
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
train_cfg = dict(by_epoch=True, max_epochs=1)
val_cfg = test_cfg = dict()
model = dict(
    input_size=(32, 16),
    normalize_embedding=True,
    backbone=dict(depth=18, base_channels=8, stem_channels=8, init_cfg=None))
'''


@pytest.fixture(scope='module')
def workspace(tiny_pitch, tmp_path_factory):
    """The config and a checkpoint of a small network."""
    pytest.importorskip('onnx')
    pytest.importorskip('onnxruntime')
    folder = tmp_path_factory.mktemp('export')
    config, checkpoint = folder / 'small.py', folder / 'epoch_1.pth'
    config.write_text(CONFIG.format(root=TOOLS.parent, data=tiny_pitch))
    torch.manual_seed(0)
    cfg = Config.fromfile(config)
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        model = MODELS.build(
            dict(cfg.model, head=None, data_preprocessor=cfg.data_preprocessor
                 )).train()
        with torch.no_grad():
            for _ in range(3):
                model(torch.randn(8, 3, 32, 16))
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    return folder, config, checkpoint


@pytest.fixture
def export(workspace, run_tool):

    def run(name, *arguments):
        folder, config, checkpoint = workspace
        return folder / name, *run_tool(TOOL, config, checkpoint, '--out',
                                        folder / name, *arguments)

    return run


def test_the_file_scores_as_the_model_in_a_test(export, workspace, run_tool,
                                                tmp_path):
    folder, config, checkpoint = workspace
    path, code, printed, errors = export('model.onnx', '--check', 'test')
    assert not code, errors
    lines = [line for line in printed.splitlines() if line.startswith('|')]
    cells = [line.split('|') for line in lines[2:]]
    scores = {each[1].strip(): float(each[2]) for each in cells}
    assert list(scores) == ['PyTorch, float32', 'ONNX, float32', 'chance']
    results = []
    for weights in (checkpoint, path):
        out = tmp_path / f'{weights.suffix[1:]}.json'
        code, _, errors = run_tool(TEST, config, weights, '--work-dir',
                                   tmp_path / 'work', '--out', out)
        assert not code, errors
        results.append(json.loads(out.read_text()))
    assert results[0] == pytest.approx(results[1], abs=1e-3)
    assert scores['ONNX, float32'] == pytest.approx(
        results[1]['reid/mAP'], abs=.01)
    info = OnnxBackend(path).info
    assert info.config == 'small.py' and info.checkpoint == 'epoch_1.pth'
    assert len(info.checkpoint_sha256) == 64
    assert info.unit_length and not info.folded


def test_int8_from_the_training_split(export):
    path, code, printed, errors = export(
        'int8.onnx', '--precision', 'int8', '--fold-preprocessing', '--uint8',
        '--calibration-crops', 16, '--batch-size', 8, '--actions', 1)
    assert not code, errors
    assert 'ONNX, int8' in printed and str(path) in printed
    backend = OnnxBackend(path)
    assert backend.info.precision == 'int8' and backend.batch_size == 8
    crops = np.random.default_rng(0).integers(
        0, 256, (2, 40, 20, 3), dtype=np.uint8)
    assert np.isfinite(backend.embed(crops)).all()


@needs_torch('2.4', 'float16 on a CPU')
def test_float16_without_data(export):
    path, code, printed, errors = export(
        'half.onnx', '--precision', 'float16', '--check', 'noise',
        '--cfg-options', 'data_root=nowhere')
    assert not code, errors
    assert '64 noise images' in printed and 'mAP' not in printed
    assert OnnxBackend(path).info.precision == 'float16'


@pytest.mark.parametrize('before', [None, b'an earlier one'])
def test_a_collapsed_file_gets_no_name(workspace, run_tool, tmp_path, before):
    _, config, checkpoint = workspace
    state = torch.load(checkpoint)['state_dict']
    # A channel that nothing reads, so large that 256 steps over its range
    # leave one for all the others.
    state['backbone.layer4.1.bn2.bias'][0] = 1e5
    state['neck.1.fc.weight'][:, 0] = 0
    bad, path = tmp_path / 'bad.pth', tmp_path / 'bad.onnx'
    torch.save(dict(state_dict=state), bad)
    if before is not None:
        path.write_bytes(before)
    code, printed, errors = run_tool(
        TOOL, config, bad, '--out', path, '--precision', 'int8',
        '--calibration-crops', 16, '--actions', 1)
    assert code == 1 and errors.count('\n') == 1
    assert 'bad.onnx is not written, because its embeddings hardly' in errors
    assert 'export in float16' in errors and 'Written' not in printed
    names = ['bad.pth'] if before is None else ['bad.onnx', 'bad.pth']
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize('arguments, text', [
    (['--out', 'a.pt'], 'a.pt must end in .onnx'),
    (['--out', 'a.onnx', '--uint8'], '--uint8 needs --fold-preprocessing'),
    (['--out', 'a.onnx', '--batch-size', '0'], '--batch-size must be 1 or'),
    (['--out', 'a.onnx', '--actions', '0'], '--actions must be 1 or more'),
    (['--out', 'a.onnx', '--precision', 'int8', '--check', 'noise'],
     'noise says nothing of it'),
    (['--out', 'a.onnx'], "no config file 'none.py'"),
])
def test_wrong_arguments_are_one_sentence(run_tool, arguments, text):
    code, _, errors = run_tool(TOOL, 'none.py', 'none.pth', *arguments)
    assert code == 1 and text in errors and errors.count('\n') == 1


def test_a_last_batch_to_calibrate_on_must_be_whole(export):
    path, code, _, errors = export(
        'int8.onnx', '--precision', 'int8', '--batch-size', 8,
        '--calibration-crops', 4)
    assert code == 1 and '4 crops to calibrate on are no batch of 8' in errors


@pytest.mark.parametrize('arguments, text', [
    (['--cfg-options', 'model.flip_test=True'], "'model.flip_test' would do"),
    (['--amp'], 'leave out --amp'),
])
def test_what_an_exported_file_ignores_is_refused(workspace, run_tool,
                                                  tmp_path, arguments, text):
    code, _, errors = run_tool(TEST, workspace[1], tmp_path / 'a.onnx',
                               '--work-dir', tmp_path, *arguments)
    assert code == 1 and text in errors and errors.count('\n') == 1
