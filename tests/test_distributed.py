"""Two processes on the CPU do the work of one. That they score alike is
tested where the metric and tools/test.py are."""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from one_of_two_learners import Learner, gradients
from tool_runner import environment_of
from two_ranks import HELPERS, run_by_two
from versions import needs_torch

from snreid_mm.engine import build_runner
from snreid_mm.registry import MODELS
from snreid_mm.utils.safe_load import read_checkpoint

ROOT = Path(__file__).resolve().parents[1]
LOSS = 'snreid_mm.BatchHardTripletLoss'
LOSSES = dict(
    margin=dict(type=LOSS, margin=5., loss_weight=.5),
    soft=dict(type=LOSS, margin=None, normalize=True),
    centroid=dict(type='snreid_mm.CentroidLoss', loss_weight=.5),
    pairs=dict(type='snreid_mm.InfoNCELoss', temperature=.5),
    action=dict(type='snreid_mm.InfoNCELoss', within='action'),
    softmax=dict(type='snreid_mm.IdentitySoftmaxLoss', temperature=.5),
    # No label of a rank's batch has a positive in that batch.
    own=dict(type=LOSS, gather=False))
if importlib.util.find_spec('pytorch_metric_learning'):
    OTHERS = 'snreid_mm.MetricLearningLoss'
    LOSSES.update(
        circle=dict(type=OTHERS, loss=dict(type='CircleLoss')),
        memory=dict(
            type=OTHERS,
            loss=dict(type='ContrastiveLoss'),
            memory=dict(embedding_size=5, memory_size=20)),
        proxies=dict(
            type=OTHERS,
            loss=dict(type='ProxyAnchorLoss', num_classes=6,
                      embedding_size=5)))
SAMPLERS = [
    dict(type='snreid_mm.ActionIdentitySampler', num_instances=2),
    dict(
        type='snreid_mm.ActionBatchSampler',
        batch_size=4,
        num_instances=1,
        levels=('action', )),
    dict(type='snreid_mm.ActionIdentitySampler', num_instances=3,
         scope='all'),
    dict(type='DefaultSampler', shuffle=True),
]
# 23 crops of 4 actions: no multiple of ranks, instances or batches.
COLUMNS = dict(
    gt_label=[i // 2 for i in range(23)],
    action_idx=[i // 6 for i in range(23)])
DYING = '''
import os, signal
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS


@HOOKS.register_module()
class DyingHook(Hook):

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if get_rank() == 1 and runner.iter == 1:
            {action}
'''
CONFIG = '''
_base_ = ['{root}/configs/demo/resnet18-fc128_b64-12e_pitch-demo_128x64.py',
          {more}]
data_root = '{data}'
pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=(16, 32)),
    dict(type='PackInputs'),
]
train_dataloader = dict(batch_size=4, num_workers=0, persistent_workers=False,
                        dataset=dict(data_root=data_root))
'''
DIES = '''
custom_imports = dict(imports=['dying_hook'])
custom_hooks = [dict(type='DyingHook')]
'''
SHARDED = '''
test_dataloader = dict(num_workers=0, persistent_workers=False,
                       dataset=dict(data_root=data_root))
strategy = dict(model_wrapper=dict(auto_wrap_policy=dict(min_num_params=10000)))
train_cfg = dict(max_epochs=2)
param_scheduler = [dict(type='StepLR', step_size=1)]
'''


def train_by_two(config, folder, *args):
    """Run tools/train.py in two processes, which import from a folder."""
    run_by_two(ROOT / 'tools/train.py', folder, config, '--work-dir',
               folder / 'work', '--launcher', 'pytorch', '--no-validate',
               *args)


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    """The folder that two processes have worked in."""
    folder = tmp_path_factory.mktemp('ranks')
    torch.manual_seed(0)
    labels = torch.arange(12) % 6
    batch = (torch.randn(12, 8, dtype=torch.float64), labels, labels // 2)
    torch.save(batch, folder / 'batch.pt')
    torch.save(LOSSES, folder / 'losses.pt')
    (folder / 'samplers.json').write_text(json.dumps([COLUMNS, SAMPLERS]))
    run_by_two(HELPERS / 'one_of_two_learners.py', folder, folder)
    return folder


@pytest.mark.parametrize('name', [name for name in LOSSES if name != 'own'])
def test_a_loss_of_two_ranks_is_that_of_one(ranks, name):
    learner = Learner(LOSSES[name])
    loss = learner(*torch.load(ranks / 'batch.pt'))
    loss.backward()
    expected = gradients(learner)
    assert all(grad.abs().max() > .01 for grad in expected.values())
    for rank in range(2):
        value, found = torch.load(ranks / f'{name}-{rank}.pt')
        assert torch.allclose(value, loss, rtol=1e-6)
        assert set(found) == set(expected)
        for key, grad in expected.items():
            assert torch.allclose(found[key], grad, rtol=1e-5, atol=1e-7)


def test_a_loss_may_stay_on_its_rank(ranks):
    for rank in range(2):
        value, found = torch.load(ranks / f'own-{rank}.pt')
        assert value == 0 and not any(g.any() for g in found.values())


@pytest.mark.parametrize('which', range(len(SAMPLERS)))
def test_two_ranks_share_an_epoch(ranks, which):
    shares = [
        json.loads((ranks / f'drawn-{rank}.json').read_text())[which]
        for rank in range(2)
    ]
    for one, two in zip(*shares):  # epochs
        # As many batches of the same sizes: nobody waits for a gradient.
        assert list(map(len, one)) == list(map(len, two))
        counts = Counter(chain(*one, *two))
        assert set(counts) == set(range(23))
        repeated = sum(counts.values()) - 23
        assert repeated < 2 * SAMPLERS[which].get('num_instances', 1)
    assert shares[0][0] != shares[0][1]  # each epoch anew


@pytest.mark.parametrize(('action', 'message'), [
    ('raise ValueError("crop 7 is on fire")', 'crop 7 is on fire'),
    ('os.kill(os.getpid(), signal.SIGKILL)', 'Signal 9 (SIGKILL)'),
])
def test_a_rank_that_dies_ends_the_others(tiny_pitch, tmp_path, action,
                                          message):
    (tmp_path / 'dying_hook.py').write_text(DYING.format(action=action))
    config = tmp_path / 'config.py'
    config.write_text(CONFIG.format(root=ROOT, data=tiny_pitch, more='') + DIES)
    # By torchrun itself, which tells of all ranks that failed.
    done = subprocess.run([
        sys.executable, '-m', 'torch.distributed.run', '--nproc_per_node=2',
        '--rdzv_backend=c10d', '--rdzv_endpoint=localhost:0',
        ROOT / 'tools/train.py', config, '--work-dir', tmp_path / 'work',
        '--launcher', 'pytorch', '--no-validate'
    ],
                          env=environment_of(tmp_path),
                          capture_output=True,
                          text=True,
                          timeout=900)
    assert done.returncode == 1
    assert message in done.stderr
    assert not list((tmp_path / 'work').glob('*.pth'))


@needs_torch('2.6', 'FSDP on a CPU as it is tested')
def test_two_ranks_share_the_weights(tiny_pitch, tmp_path):
    config = tmp_path / 'config.py'
    config.write_text(
        CONFIG.format(
            root=ROOT,
            data=tiny_pitch,
            more=f"'{ROOT}/configs/_base_/strategies/fsdp.py'") + SHARDED)
    train_by_two(config, tmp_path)
    # Whole weights under the names that a single process has.
    checkpoint = read_checkpoint(str(tmp_path / 'work/epoch_2.pth'))
    cfg = Config.fromfile(config)
    # The identities were counted before the weights were shared out.
    cfg.model.head.num_classes = len(
        checkpoint['state_dict']['head.classifier.weight'])
    assert cfg.model.head.num_classes > 10
    model = MODELS.build(cfg.model)
    model.load_state_dict(checkpoint['state_dict'])
    # And training goes on from it.
    train_by_two(config, tmp_path, '--resume', '--cfg-options',
                 'train_cfg.max_epochs=3')
    resumed = read_checkpoint(str(tmp_path / 'work/epoch_3.pth'))
    assert resumed['meta']['epoch'] == 3
    # A single process tests with the same config.
    cfg.launcher, cfg.work_dir = 'none', str(tmp_path / 'one')
    cfg.load_from = str(tmp_path / 'work/epoch_3.pth')
    scores = build_runner(cfg).test()
    assert 0 < scores['reid/mAP'] <= 100
