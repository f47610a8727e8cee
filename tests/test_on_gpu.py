"""What a GPU computes, beside a CPU. Run by ``pytest -m gpu``; tests of
single options are with what they are of, marked ``gpu`` too."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tool_runner import run_captured

from snreid_mm.apis import PlayerReIDInferencer
from snreid_mm.models import BilinearPooling, CompactBilinearPooling
from snreid_mm.registry import MODELS
from snreid_mm.utils.safe_load import read_checkpoint

pytestmark = pytest.mark.gpu
ROOT = Path(__file__).resolve().parents[1]
LOSSES = [
    dict(type='BatchHardTripletLoss', margin=.3),
    dict(type='BatchHardTripletLoss', margin=.3, normalize=True),
    dict(type='CentroidLoss', margin=1., normalize=True),
    dict(type='IdentitySoftmaxLoss'),
    dict(type='InfoNCELoss'),
    dict(type='InfoNCELoss', within='action'),
]
NECKS = [
    (BilinearPooling, (8, 5)),
    (CompactBilinearPooling, (24, 5), 8),
    (CompactBilinearPooling, (64, 5), 16),
]
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
        'img_path', 'ori_shape', 'bbox_idx', 'action_idx', 'person_uid',
        'role', 'subset')),
]
loader = dict(num_workers=2, dataset=dict(
    data_root=data_root, pipeline=pipeline))
flip = dict(type='RandomFlip', prob=0.5, direction='horizontal')
train_dataloader = dict(
    batch_size=8, num_workers=2, dataset=dict(
        data_root=data_root, pipeline=[*pipeline[:-1], flip, pipeline[-1]]))
val_dataloader = loader
test_dataloader = loader
model = dict(
    input_size=(32, 16),
    backbone=dict(depth=18, base_channels=4, stem_channels=4, init_cfg=None))
optim_wrapper = dict(
    type='{wrapper}', optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = dict(type='StepLR', step_size=2, gamma=0.1)
custom_hooks = [dict(type='snreid_mm.ChannelsLastHook')]
train_cfg = dict(by_epoch=True, max_epochs=2, val_interval=1)
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(checkpoint=dict(max_keep_ckpts=-1))
randomness = dict(seed=3, deterministic=True)
'''


@pytest.fixture
def config(tiny_pitch, tmp_path):

    def write(wrapper='OptimWrapper'):
        path = tmp_path / f'{wrapper.split(".")[-1]}.py'
        path.write_text(
            CONFIG.format(root=ROOT, data=tiny_pitch, wrapper=wrapper))
        return path

    return write


def _run(tool, *args):
    done = run_captured(ROOT / 'tools' / tool, *args)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize('settings', LOSSES, ids=str)
def test_losses_and_their_gradients(settings):
    loss = MODELS.build(dict(settings, type=f'snreid_mm.{settings["type"]}'))
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(12, 6, generator=generator)
    labels = torch.tensor([0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 4, 5])
    results = []
    for device in ('cpu', 'cuda'):
        leaf = embeddings.to(device).requires_grad_()
        value = loss.to(device)(leaf, labels.to(device),
                                (labels // 2).to(device))
        value.backward()
        results.append((value.item(), leaf.grad.cpu()))
        # Float32 inside mixed precision.
        with torch.autocast(device, dtype=torch.bfloat16):
            half = loss(leaf.detach().bfloat16(), labels.to(device),
                        (labels // 2).to(device))
        assert half.dtype == torch.float32
    (value, grad), (on_gpu, grad_on_gpu) = results
    assert on_gpu == pytest.approx(value, rel=1e-4) and value > 0
    assert torch.allclose(grad_on_gpu, grad, atol=1e-5)


@pytest.mark.parametrize('kind, channels, options',
                         [(kind, channels, rest)
                          for kind, channels, *rest in NECKS])
def test_bilinear_pooling_and_its_gradients(kind, channels, options):
    neck = kind(channels, *options)
    generator = torch.Generator().manual_seed(0)
    maps = [
        torch.randn(4, each, 6, 3, generator=generator) for each in channels
    ]
    results = []
    for device in ('cpu', 'cuda'):
        leaves = [each.to(device).requires_grad_() for each in maps]
        fused = neck.to(device)(tuple(leaves))[-1]
        fused.square().sum().backward(retain_graph=True)
        (fused * torch.arange(fused.shape[1], device=device)).sum().backward()
        results.append([fused.detach().cpu()] +
                       [leaf.grad.cpu() for leaf in leaves])
    for on_cpu, on_gpu in zip(*results):
        assert torch.allclose(on_gpu, on_cpu, rtol=1e-3, atol=1e-4)
    for dtype in (torch.float16, torch.bfloat16):
        with torch.autocast('cuda', dtype=dtype):
            half = neck(tuple(each.cuda() for each in maps))[-1]
        assert torch.allclose(
            half.float().cpu(), results[0][0], rtol=.05, atol=.05)


@pytest.mark.parametrize('wrapper', [
    'OptimWrapper', 'AmpOptimWrapper', 'snreid_mm.Bfloat16OptimWrapper'
])
def test_a_resumed_training_equals_an_uninterrupted_one(
        config, tmp_path, wrapper):
    path, whole, parts = config(wrapper), tmp_path / 'whole', tmp_path / 'two'
    epochs = 'train_cfg.max_epochs=3'
    _run('train.py', path, '--work-dir', whole, '--cfg-options', epochs)
    _run('train.py', path, '--work-dir', parts)
    _run('train.py', path, '--work-dir', parts, '--resume', '--cfg-options',
         epochs)
    states = [
        read_checkpoint(str(folder / 'epoch_3.pth'))
        for folder in (whole, parts)
    ]
    for key, value in states[0]['state_dict'].items():
        assert torch.equal(states[1]['state_dict'][key], value), key
    assert torch.isfinite(
        torch.cat([
            value.float().flatten()
            for value in states[0]['state_dict'].values()
        ])).all()


def test_half_precision_by_an_option(config, tmp_path):
    done = _run('train.py', config(), '--work-dir', tmp_path, '--amp',
                '--cfg-options', 'train_cfg.max_epochs=1')
    assert 'no GPU' not in done.stdout
    checkpoint = read_checkpoint(str(tmp_path / 'epoch_1.pth'))
    assert checkpoint['optimizer']['loss_scaler']['scale'] > 0


def test_a_gpu_embeds_as_a_cpu(config, tiny_pitch, tmp_path):
    path = config()
    _run('train.py', path, '--work-dir', tmp_path)
    _run('test.py', path, tmp_path / 'epoch_2.pth', '--work-dir', tmp_path,
         '--out', tmp_path / 'scores.json')
    assert 0 < json.loads(
        (tmp_path / 'scores.json').read_text())['reid/mAP'] < 100
    crops = sorted((tiny_pitch / 'test').rglob('*.png'))[:16]
    values = [
        PlayerReIDInferencer(
            path, tmp_path / 'epoch_2.pth', device=device,
            progress=False).extract(crops).values for device in ('cpu', 'cuda')
    ]
    # Convolutions of a GPU round to TF32.
    scale = np.abs(values[0]).max()
    np.testing.assert_allclose(values[1], values[0], atol=.01 * scale)
