"""tools/train.py and tools/test.py on a tiny pitch."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tool_runner import environment_of, run_captured
from two_ranks import run_by_two

from snreid_mm.evaluation.embedding_file import read_embeddings
from snreid_mm.utils.safe_load import read_checkpoint

ROOT = Path(__file__).resolve().parents[2]
CONFIG = '''
_base_ = [
    '{root}/configs/_base_/models/resnet50_fc512.py',
    '{root}/configs/_base_/datasets/soccernet_reid.py',
    '{root}/configs/_base_/default_runtime.py',
]
data_root = '{data}'
# Without a random transform, a resumed run must equal an uninterrupted one.
pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=(16, 32)),
    dict(type='PackInputs', meta_keys=_base_.meta_keys),
]
loader = dict(num_workers=0, persistent_workers=False, pin_memory=False,
              dataset=dict(data_root=data_root, pipeline=pipeline))
train_dataloader = dict(batch_size=8, **loader)
val_dataloader = loader
test_dataloader = loader
model = dict(
    input_size=(32, 16),
    backbone=dict(depth=18, base_channels=4, stem_channels=4, init_cfg=None))
optim_wrapper = dict(optimizer=dict(type='Adam', lr=0.001))
param_scheduler = dict(type='StepLR', step_size=2, gamma=0.1)
train_cfg = dict(by_epoch=True, max_epochs=2, val_interval=1)
val_cfg = dict()
test_cfg = dict()
default_hooks = dict(logger=dict(interval=1),
                     checkpoint=dict(max_keep_ckpts=-1))
randomness = dict(seed=3)
'''


def _tool(name, *args, code=0):
    done = run_captured(ROOT / 'tools' / name, *args)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture(scope='module')
def config(tiny_pitch, tmp_path_factory):
    path = tmp_path_factory.mktemp('config') / 'tiny.py'
    path.write_text(CONFIG.format(root=ROOT, data=tiny_pitch))
    return path


@pytest.fixture(scope='module')
def trained(config, tmp_path_factory):
    """Two epochs, then a third in a resumed run."""
    work = tmp_path_factory.mktemp('work')
    # As a user runs it: in a process of its own.
    subprocess.run(
        [sys.executable, ROOT / 'tools/train.py', config, '--work-dir', work],
        env=environment_of(),
        check=True)
    _tool('train.py', config, '--work-dir', work, '--resume',
          '--cfg-options', 'train_cfg.max_epochs=3')
    return work


def _scalars(work):
    lines = []
    for path in sorted(work.glob('*/vis_data/scalars.json')):
        lines += map(json.loads, path.read_text().splitlines())
    return lines


def test_a_resumed_run_equals_an_uninterrupted_one(config, trained, tmp_path):
    _tool('train.py', config, '--work-dir', tmp_path, '--cfg-options',
          'train_cfg.max_epochs=3')

    def load(path):
        return read_checkpoint(str(path / 'epoch_3.pth'))

    resumed, whole = load(trained), load(tmp_path)
    assert resumed['meta']['epoch'] == 3
    assert resumed['meta']['iter'] == whole['meta']['iter']
    for key, value in whole['state_dict'].items():
        assert torch.equal(resumed['state_dict'][key], value), key
    for key, state in whole['optimizer']['state'].items():
        for name, value in state.items():
            assert torch.equal(resumed['optimizer']['state'][key][name],
                               value), (key, name)
    assert resumed['param_schedulers'] == whole['param_schedulers']


def test_the_log_numbers_go_on(trained):
    train = [line for line in _scalars(trained) if 'loss' in line]
    assert {line['epoch'] for line in train} == {1, 2, 3}
    steps = [line['step'] for line in train]
    assert steps == list(range(1, len(steps) + 1))
    lr = {line['epoch']: line['lr'] for line in train}
    assert lr[2] == pytest.approx(0.001) and lr[3] == pytest.approx(0.0001)


def test_a_change_that_resuming_would_ignore_is_refused(config, trained):
    done = _tool(
        'train.py', config, '--work-dir', trained, '--resume',
        '--cfg-options', 'optim_wrapper.optimizer.lr=0.5', code=1)
    assert done.stderr.strip().splitlines()[-1].startswith('error: Resuming')
    assert 'optim_wrapper.optimizer.lr: 0.001 in the checkpoint, 0.5 now' \
        in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize('key', ['cfg', 'config'])
def test_code_in_a_checkpoint_does_not_run(config, trained, tmp_path, key):
    checkpoint = read_checkpoint(str(trained / 'epoch_3.pth'))
    checkpoint['meta'][key] = (
        f'zz = __import__("pathlib").Path({str(tmp_path / "made")!r}).touch()')
    torch.save(checkpoint, tmp_path / 'epoch_3.pth')
    done = _tool('train.py', config, '--work-dir', tmp_path, '--resume',
                 '--cfg-options', 'train_cfg.max_epochs=4')
    assert (tmp_path / 'epoch_4.pth').is_file()
    assert 'holds a config that is left out' in done.stderr + done.stdout
    assert not (tmp_path / 'made').exists()


def test_testing_gives_the_scores_of_the_official_evaluator(
        config, trained, tiny_pitch, tmp_path):
    from SoccerNet.Evaluation.ReIdentification import evaluate
    metrics, rankings = tmp_path / 'metrics.json', tmp_path / 'rankings.json'
    _tool('test.py', config, trained / 'epoch_3.pth', '--work-dir', tmp_path,
          '--out', metrics, '--cfg-options',
          f'test_evaluator.ranking_file={rankings}')
    metrics = json.loads(metrics.read_text())
    official = evaluate(
        str(tiny_pitch / 'test' / 'bbox_info.json'), str(rankings))
    assert metrics['reid/mAP'] == pytest.approx(100 * official['mAP'])
    assert metrics['reid/rank-1'] == pytest.approx(
        100 * float(official['rank-1']))


def test_cues_are_saved_beside_the_embeddings(config, trained, tmp_path):
    path = tmp_path / 'valid.npz'
    _tool('test.py', config, trained / 'epoch_3.pth', '--work-dir', tmp_path,
          '--cfg-options', 'test_dataloader.dataset.split=valid',
          f'test_evaluator.embeddings_file={path}',
          'test_dataloader.dataset.pipeline.0.frame_cues=True')
    saved = read_embeddings(path)
    assert len(saved.query_cues) == len(saved.query) > 0
    assert len(saved.gallery_cues) == len(saved.gallery) > 0


def test_two_processes_train_and_score_as_one(config, tmp_path):
    run_by_two(ROOT / 'tools/train.py', tmp_path, config, '--work-dir',
               tmp_path, '--launcher', 'pytorch', '--cfg-options',
               'train_cfg.max_epochs=1')
    # What they have scored on valid after the epoch, one and two score again.
    scores, = (line for line in _scalars(tmp_path) if 'reid/mAP' in line)
    saved = {}
    for name, launcher in (('one', 'none'), ('two', 'pytorch')):
        out = tmp_path / f'{name}.json'
        args = (config, tmp_path / 'epoch_1.pth', '--work-dir',
                tmp_path / name, '--out', out, '--launcher', launcher,
                '--cfg-options', 'test_dataloader.dataset.split=valid',
                'test_dataloader.dataset.pipeline.0.frame_cues=True',
                f'test_evaluator.embeddings_file={tmp_path / name}.npz')
        if name == 'one':
            _tool('test.py', *args)
        else:
            run_by_two(ROOT / 'tools/test.py', tmp_path, *args)
        again = json.loads(out.read_text())
        assert again and all(scores[key] == again[key] for key in again)
        saved[name] = read_embeddings(tmp_path / f'{name}.npz')
    # Each process has measured the cues of its own crops.
    one, two = saved['one'], saved['two']
    for kind in ('query', 'gallery'):
        np.testing.assert_array_equal(
            getattr(one, kind).bbox_idx,
            getattr(two, kind).bbox_idx)
        cues = getattr(two, f'{kind}_cues')
        assert len(cues) == len(getattr(two, kind)) > 0
        np.testing.assert_array_equal(getattr(one, f'{kind}_cues'), cues)


@pytest.mark.parametrize(('options', 'message'), [
    (['model.backbone.depth=34'], 'checkpoint'),
    (['data_root=no/such/place'], 'no/such/place'),
])
def test_a_wrong_model_or_place_is_one_sentence(config, trained, tmp_path,
                                                options, message):
    done = _tool(
        'test.py', config, trained / 'epoch_3.pth', '--work-dir', tmp_path,
        '--cfg-options', *options, code=1)
    assert 'Traceback' not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith('error: ') and message in last


def test_half_a_checkpoint_is_one_sentence(config, trained, tmp_path):
    half = tmp_path / 'half.pth'
    whole = (trained / 'epoch_3.pth').read_bytes()
    half.write_bytes(whole[:len(whole) // 2])
    done = _tool('test.py', config, half, '--work-dir', tmp_path, code=1)
    assert 'Traceback' not in done.stderr
    assert f'error: {half} is not a whole checkpoint' in done.stderr


def test_amp_without_a_gpu_trains_and_says_so(config, tmp_path):
    if torch.cuda.is_available():
        pytest.skip('there is a GPU')
    done = _tool('train.py', config, '--work-dir', tmp_path, '--amp',
                 '--no-validate', '--cfg-options', 'train_cfg.max_epochs=1')
    assert '--amp: no GPU was found' in done.stdout
    assert (tmp_path / 'epoch_1.pth').exists()
