"""tools/analysis_tools/results_table.py with real trainings of a tiny model,
killed in the middle and continued."""

import contextlib
import csv
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from SoccerNet.Evaluation.ReIdentification import evaluate
from tool_runner import environment_of

from snreid_mm.evaluation.embedding_file import read_embeddings
from snreid_mm.results.execution import only_one

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / 'tools' / 'analysis_tools' / 'results_table.py'
CONFIG = '''
_base_ = [
    '{root}/configs/_base_/models/resnet50_fc512.py',
    '{root}/configs/_base_/datasets/soccernet_reid.py',
    '{root}/configs/_base_/default_runtime.py',
]
pipeline = [
    dict(type='snreid_mm.LoadCropFromFile'),
    dict(type='Resize', scale=(16, 32)),
    dict(type='PackInputs', meta_keys=(
        'img_path', 'ori_shape', 'bbox_idx', 'action_idx', 'person_uid',
        'role', 'subset')),
]
loader = dict(num_workers=0, persistent_workers=False, pin_memory=False,
              dataset=dict(pipeline=pipeline))
train_dataloader = dict(batch_size=8, **loader)
val_dataloader = loader
test_dataloader = loader
model = dict(
    input_size=(32, 16),
    backbone=dict(depth=18, base_channels=4, stem_channels=4, init_cfg=None))
optim_wrapper = dict(optimizer=dict(type='Adam', lr=0.001))
param_scheduler = dict(type='StepLR', step_size=2, gamma=0.1)
train_cfg = dict(by_epoch=True, max_epochs=12, val_interval=6)
val_cfg = dict()
test_cfg = dict()
'''
# What asks a process to end.
ASKED = (signal.SIGTERM, signal.SIGHUP)
BROKEN = "\nmodel['backbone']['depth'] = 19\n"


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A folder with one good and one broken config."""
    place = tmp_path_factory.mktemp('table')
    for name, more in (('good', ''), ('broken', BROKEN)):
        (place / f'{name}.py').write_text(CONFIG.format(root=ROOT) + more)
    return place


def _arguments(place, data_root, *more):
    return [
        str(each) for each in (place / 'good.py', f'{place}/broken.py=Broken',
                               '--data-root', data_root, '--fractions', 1,
                               '--seeds', 4, '--threads', 1, '--jobs', 2,
                               '--work-dir', place / 'work', *more)
    ]


def _without_broken(arguments):
    return [each for each in arguments if not each.endswith('=Broken')]


def _call(arguments):
    """Run the tool in this process; its runs have processes of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', [str(TOOL), *arguments])
        for name, value in environment_of().items():
            patch.setenv(name, value)
        handlers = {each: signal.getsignal(each) for each in ASKED}
        try:
            runpy.run_path(str(TOOL), run_name='__main__')
        except SystemExit as stop:
            return stop.code
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    return 0


def _run(capsys, arguments):
    """Run the tool; give its exit code, what it printed and its errors."""
    code = _call(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def _of_runs(folder):
    """The processes that submitit started for a table."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it may have ended just now
            if str(folder / 'jobs') in process.cmdline():
                found.append(process)
    return found


def _wait_for(path, process):
    end = time.monotonic() + 600  # no measure of speed: it would hang
    while not path.exists():
        assert process.is_running(), f'it ended before {path.name}'
        assert time.monotonic() < end, f'no {path.name} in ten minutes'
        time.sleep(.02)


@pytest.fixture(scope='module')
def killed(place, tiny_pitch):
    """The tool, killed when the first epochs are saved, and its job after
    some more."""
    table = psutil.Popen(
        [
            sys.executable,
            str(TOOL), *_without_broken(_arguments(place, tiny_pitch))
        ],
        env=environment_of(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    folder = place / 'work/good/fraction-1/seed-4'
    _wait_for(folder / 'train' / 'epoch_2.pth', table)
    table.kill()
    table.wait()
    # The training outlives the tool, but not the machine.
    job = _of_runs(place / 'work')
    assert job
    _wait_for(folder / 'train' / 'epoch_4.pth', job[-1])
    for process in job:
        process.kill()
    psutil.wait_procs(job, 10)
    assert not (folder / 'result.json').exists()
    return folder


@pytest.fixture(scope='module')
def finished(killed, place, tiny_pitch):
    """The same command once more, and a broken config besides."""
    # One run fails, which the exit code says.
    assert _call(_arguments(place, tiny_pitch, '--embeddings')) == 1
    return killed


def test_a_killed_table_goes_on(finished):
    first, second = (
        {int(epoch) for epoch in re.findall(r'Epoch\(train\) +\[ *(\d+)\]',
                                            path.read_text())}
        for path in sorted(finished.glob('train/*/*.log')))
    assert 1 in first and 12 not in first
    assert 4 not in second and 12 in second
    assert first | second == set(range(1, 13))
    result = json.loads((finished / 'result.json').read_text())
    assert result['checkpoint'].startswith('best_reid_mAP_epoch_')
    for split in ('valid', 'test'):
        path = str(finished / f'embeddings_{split}.npz')
        saved = read_embeddings(path)
        assert saved.split == split and saved.query_cues is not None
    assert result['train']['images_per_second'] > 0
    assert result['test']['macs'] > 0 and result['test']['parameters'] > 0
    assert (finished / 'config.py').is_file()


def test_the_scores_are_those_of_the_official_evaluator(finished, tiny_pitch):
    result = json.loads((finished / 'result.json').read_text())
    official = evaluate(
        str(tiny_pitch / 'test' / 'bbox_info.json'),
        str(finished / 'rankings.json'))
    assert result['mAP'] == pytest.approx(100 * official['mAP'])
    assert result['rank1'] == pytest.approx(100 * float(official['rank-1']))


def test_the_table(finished, place):
    result = json.loads((finished / 'result.json').read_text())
    table = (place / 'work/results.md').read_text()
    good, broken = (
        next(line for line in table.splitlines() if line.startswith(start))
        for start in ('| good', '| Broken'))
    assert f'| {result["mAP"]:.2f} |' in good and good.endswith('| done |')
    assert broken.endswith('| 1 of 1 failed |')
    # The reason, as the training has said it.
    assert '- Broken, 100 %, seed 4: TypeError: model.backbone' in table
    assert 'invalid depth 19' in table
    with open(place / 'work/runs.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert [row['state'] for row in rows] == ['done', 'failed']
    assert float(rows[0]['mAP']) == pytest.approx(result['mAP'])
    assert (place / 'work/results.png').stat().st_size > 5000


def _contents(folder):
    return {
        path: path.stat().st_mtime_ns
        for path in folder.rglob('*')
        # A lock is opened, and by some versions of filelock written.
        if path.is_file() and not path.name.endswith('.lock')
    }


def test_nothing_is_done_twice(finished, place, tiny_pitch, capsys):
    before = _contents(finished)
    arguments = _without_broken(_arguments(place, tiny_pitch))
    code, printed, _ = _run(capsys, arguments)
    assert code == 0 and '1 runs, of which 0 to do' in printed
    assert before == _contents(finished)


def test_the_table_alone_writes_nothing_else(finished, place, tiny_pitch,
                                             tmp_path, capsys):
    work = tmp_path / 'work'
    shutil.copytree(place / 'work', work)
    unreadable = tmp_path / 'unreadable.py'
    unreadable.write_text('1 / 0')
    arguments = _arguments(place, tiny_pitch, '--table-only', '--prune',
                           '--work-dir', work)
    # Also beside a process that is at work there.
    with only_one(work):
        before = _contents(work)
        code, printed, _ = _run(capsys, [str(unreadable), *arguments])
    assert code == 1 and '- unreadable, 100 %, seed 4: ZeroDiv' in printed
    after = _contents(work)
    assert {path.name for path in after if after[path] != before.get(path)
            } == {'results.md', 'results.csv', 'runs.csv', 'results.png'}


def test_the_last_checkpoint_and_pruning(finished, place, tiny_pitch,
                                         tmp_path, capsys):
    work = tmp_path / 'work'
    shutil.copytree(place / 'work', work)
    train = work / 'good/fraction-1/seed-4/train'
    best = json.loads((finished / 'result.json').read_text())['checkpoint']
    assert {best, 'epoch_12.pth'} < {path.name for path in train.iterdir()}
    arguments = _without_broken(
        _arguments(place, tiny_pitch, '--work-dir', work))

    before = _contents(train)
    code, printed, _ = _run(capsys, [*arguments, '--checkpoint', 'last'])
    assert code == 0 and 'of which 1 to do' in printed
    assert 'The tested checkpoint is the last of the training.' in printed
    assert _contents(train) == before

    # A run that was finished before is pruned too.
    last = [*arguments, '--checkpoint', 'last', '--prune']
    code, printed, _ = _run(capsys, last)
    assert code == 0 and 'of which 0 to do' in printed
    assert [path.name for path in train.glob('*.pth')] == ['epoch_12.pth']


def test_changed_settings_are_refused(finished, place, tiny_pitch, capsys):
    code, _, errors = _run(
        capsys,
        _arguments(place, tiny_pitch, '--cfg-options',
                   'optim_wrapper.optimizer.lr=0.5'))
    assert code == 1 and errors.count('\n') == 1
    assert errors.startswith(f'error: {finished} was made with other settings')
    assert 'optim_wrapper.optimizer.lr: 0.001 then, 0.5 now' in errors


@pytest.mark.parametrize('change, message', [
    (('good.py', 'missing.py'), 'There is no config file'),
    (('--seeds', '--nonsense'), None),
    (('--jobs', '--jobs=0'), None),
])
def test_bad_arguments(place, tiny_pitch, capsys, change, message):
    arguments = [
        each.replace(*change) for each in _arguments(place, tiny_pitch)
    ]
    code, _, errors = _run(capsys, arguments)
    if message is None:
        assert code == 2  # argparse's own
    else:
        assert code == 1 and errors.startswith('error: ' + message)


def test_whoever_asks_it_to_end_ends_the_runs(place, tiny_pitch, tmp_path,
                                              capsys, monkeypatch):
    monkeypatch.setattr(
        'snreid_mm.results.execution.execute',
        lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    code, printed, _ = _run(
        capsys, _arguments(place, tiny_pitch, '--work-dir', tmp_path / 'w'))
    assert code == 130 and 'The same command goes on' in printed


def test_missing_data_is_one_sentence(place, tmp_path, capsys):
    code, _, errors = _run(capsys,
                           _arguments(place, tmp_path / 'nowhere'))
    assert code == 1 and errors.count('\n') == 1
    assert 'There is no folder --data-root' in errors


def _module():
    return runpy.run_path(str(TOOL), run_name='results_table')


def test_the_default_table(tiny_pitch, tmp_path, monkeypatch):
    tool = _module()
    monkeypatch.setattr(
        sys, 'argv',
        [str(TOOL), '--data-root', str(tiny_pitch), '--work-dir',
         str(tmp_path)])
    runs = tool['make_runs'](tool['parse_args']())
    assert [(run.label, run.fraction) for run in runs] == [
        (label, fraction) for fraction in (.1, .02)
        for label in ('two-stream bilinear', 'OSNet', 'ResNet50-fc512',
                      'Inception-v4', 'ResNet50mid')
    ]
    for run in runs:
        assert not run.problem
        assert run.cfg.train_cfg.max_epochs == {.1: 60, .02: 40}[run.fraction]


def test_quick_makes_the_same_table_small(tiny_pitch, tmp_path, monkeypatch,
                                          capsys):
    tool = _module()
    monkeypatch.setattr(
        sys, 'argv',
        [str(TOOL), '--data-root', str(tiny_pitch), '--work-dir',
         str(tmp_path), '--quick'])
    runs = tool['make_runs'](tool['parse_args']())
    assert len(runs) == 10 and not any(run.problem for run in runs)
    assert {run.fraction for run in runs} == {1., .5}
    for run in runs:
        assert run.cfg.train_cfg.max_epochs == 1
        assert 'Pretrained' not in str(run.cfg.model)
    assert 'init_cfg: random weights' in capsys.readouterr().out
