"""Runs side by side, with stand-ins for tools/train.py and tools/test.py that
train nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

from snreid_mm.results import folder as files
from snreid_mm.results import pool
from snreid_mm.results.execution import failure_reason, tail
from snreid_mm.results.plan import plan_runs
from snreid_mm.results.pool import (execute, only_one, slots, sort_out,
                                    visible_devices)

TRAIN = '''
import os, shutil, sys, time
from pathlib import Path
config, work = Path(sys.argv[1]), Path(sys.argv[3])
work.mkdir(exist_ok=True)
here = Path(__file__).parent
with open(here / 'calls.txt', 'a') as calls:
    calls.write(f'train {config.parent.parent.parent.name} '
                f'{os.environ.get("CUDA_VISIBLE_DEVICES")} '
                f'{os.environ["OMP_NUM_THREADS"]} {sys.argv[4:]}\\n')
text = config.read_text()
print('Epoch(train)  [1][ 5/10] loss: 3', flush=True)
shutil.copy(here / 'checkpoint.pth', work / 'epoch_1.pth')
if 'broken' in text:
    print('some line\\nerror: The model is broken.', file=sys.stderr)
    sys.exit(1)
if 'endless' in text and '--resume' not in sys.argv:
    (here / 'hangs').write_text(str(os.getpid()))
    time.sleep(60)
shutil.copy(here / 'checkpoint.pth', work / 'best_reid_mAP_epoch_2.pth')
'''
TEST = '''
import json, sys
from pathlib import Path
config, checkpoint = Path(sys.argv[1]), sys.argv[2]
out = Path(sys.argv[sys.argv.index('--out') + 1])
scores = {'reid/mAP': 60., 'reid/rank-1': 50.}
if 'odd' in config.read_text():
    scores = {'acc': 1.}
out.write_text(json.dumps(scores))
with open(Path(__file__).parent / 'calls.txt', 'a') as calls:
    calls.write(f'test {config.parent.parent.parent.name} '
                f'{Path(checkpoint).name} {sys.argv[-1]}\\n')
'''


@pytest.fixture
def tools(tmp_path):
    folder = tmp_path / 'tools'
    folder.mkdir()
    (folder / 'train.py').write_text(TRAIN)
    (folder / 'test.py').write_text(TEST)
    torch.save(dict(state_dict={}), folder / 'checkpoint.pth')
    return folder


def _calls(tools):
    path = tools / 'calls.txt'
    return path.read_text().splitlines() if path.exists() else []


def _execute(runs, tools, environments=None, **kwargs):
    _, waiting = sort_out(runs)
    environments = environments or slots(1, 1, [])
    execute(waiting, environments, tools, pause=.02, **kwargs)
    return waiting


def test_a_failure_is_noted_and_the_rest_goes_on(make_run, tools, capfd):
    ends = []
    runs = [make_run('bad', 'kind = "broken"'), make_run('good')]
    _execute(runs, tools, after_each=lambda: ends.append(1))
    assert files.read_state(runs[0], files.FAILURE) == dict(
        reason='train: The model is broken.')
    result = files.read_state(runs[1], files.RESULT)
    assert (result['mAP'], result['rank1']) == (60, 50)
    assert result['checkpoint'] == 'best_reid_mAP_epoch_2.pth'
    assert len(ends) == 2
    shown = capfd.readouterr()
    assert 'FAILED  bad, fraction 1, seed 0: train: The model' in shown.out
    assert 'done    good, fraction 1, seed 0: mAP 60.00' in shown.out
    ranking = runs[1].folder.resolve() / 'rankings.json'
    assert _calls(tools)[-1] == (
        f'test good best_reid_mAP_epoch_2.pth '
        f'test_evaluator.ranking_file={ranking}')


def test_nothing_is_done_twice_but_what_failed(make_run, tools):
    runs = [make_run('bad', 'kind = "broken"'), make_run('good')]
    _execute(runs, tools)
    before = _calls(tools)
    waiting = _execute(runs, tools)
    assert waiting == [runs[0]]
    new = _calls(tools)[len(before):]
    # The failed one goes on from what it had saved.
    assert len(new) == 1 and new[0].startswith('train bad')
    assert "'--resume'" in new[0] and 'epoch_1.pth' in new[0]


def test_an_interrupted_test_does_not_train_again(make_run, tools):
    run = make_run()
    _execute([run], tools)
    (run.folder / files.RESULT).unlink()
    _execute([run], tools)
    assert [call.split()[0] for call in _calls(tools)
            ] == ['train', 'test', 'test']


def test_a_mended_config_is_done(make_run, tools):
    bad = make_run(more='1 / 0')
    settled, waiting = sort_out([bad])
    assert (settled, waiting) == ([bad], [])
    assert 'division by zero' in files.read_failure(bad)
    assert not bad.folder.exists()  # only looking writes nothing
    good = make_run()
    _execute([good], tools)
    assert files.read_state(good, files.FAILURE) is None
    assert files.read_state(good, files.RESULT)['mAP'] == 60


def test_a_test_without_the_scores_is_a_failure(make_run, tools):
    run = make_run(more='kind = "odd"')
    _execute([run], tools)
    reason = files.read_state(run, files.FAILURE)['reason']
    assert reason.startswith('test: the test gave no reid/mAP, only acc')


def test_another_checkpoint_is_tested_without_training_again(make_run, tools):
    _execute([make_run()], tools)
    run = make_run(tested='last')
    assert sort_out([run])[1] == [run]
    _execute([run], tools)
    assert [call.split()[0] for call in _calls(tools)
            ] == ['train', 'test', 'test']
    assert _calls(tools)[-1].startswith('test small epoch_1.pth')
    result = files.read_result(run)
    assert (result['tested'], result['checkpoint']) == ('last', 'epoch_1.pth')
    assert sort_out([make_run()])[1]  # and back


def test_a_full_disk_does_not_stop_the_table(make_run, tools, monkeypatch,
                                             capfd):
    full, good = make_run('full'), make_run('good')
    write = files.write_atomically

    def write_if_room(path, data):
        if str(path).startswith(str(full.folder)):
            raise OSError('No space left on device')
        write(path, data)

    def after_each():
        raise OSError('No space for a table')

    monkeypatch.setattr(files, 'write_atomically', write_if_room)
    _execute([full, good], tools, after_each=after_each)
    assert files.read_result(good)['mAP'] == 60
    shown = capfd.readouterr().out
    assert 'FAILED  full, fraction 1, seed 0: No space left' in shown
    assert 'The table is not written yet: No space for a table' in shown


def test_pruning_keeps_the_tested_checkpoint(make_run, tools):
    run = make_run()
    _execute([run], tools, prune=True)
    left = [path.name for path in (run.folder / 'train').iterdir()]
    assert left == ['best_reid_mAP_epoch_2.pth']


def test_each_gpu_gets_its_run(write_config, tmp_path, tools):
    runs = plan_runs([(write_config(), 'small')], tmp_path / 'w', [0, 1, 2])
    environments = slots(threads=3, devices=['4', 'GPU-7'])
    assert len(environments) == 2
    _execute(runs, tools, environments)
    trained = [c.split()[2:4] for c in _calls(tools) if c[:5] == 'train']
    assert {device for device, _ in trained} == {'4', 'GPU-7'}
    assert [threads for _, threads in trained] == ['3'] * 3
    assert files.read_state(runs[0], files.RESULT)['side_by_side'] == 2


def test_slots(monkeypatch):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: set(range(8)))
    assert [s['OMP_NUM_THREADS'] for s in slots(3, devices=[])] == ['2'] * 3
    assert 'CUDA_VISIBLE_DEVICES' not in slots(devices=[])[0]
    assert len(slots(devices=[])) == 1
    shared = slots(3, devices=['0', '1'])
    assert [s['CUDA_VISIBLE_DEVICES'] for s in shared] == ['0', '1', '0']
    with pytest.raises(ValueError, match='--jobs must be at least 1'):
        slots(0)
    with pytest.raises(ValueError, match='--threads must be at least 1'):
        slots(1, -2)


def test_visible_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    assert visible_devices() == ['0', '1']
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '3, 5')
    assert visible_devices() == ['3', '5']
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    assert visible_devices() == []


def test_two_at_work_in_one_folder_are_refused(tmp_path):
    with only_one(tmp_path / 'w'):
        with pytest.raises(BlockingIOError, match='Another results_table'):
            with only_one(tmp_path / 'w'):
                pass
    with only_one(tmp_path / 'w'):
        pass


def _wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, 'waited in vain'
        time.sleep(.02)


def _is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


@pytest.fixture
def interruptible():
    """A shell that runs the tests in the background has SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_when_asked_to_end_it_ends_the_runs(make_run, tools, number,
                                            interruptible):
    run = make_run(more='kind = "endless"')
    hangs = tools / 'hangs'

    def interrupt():
        _wait_for(lambda: hangs.exists() and hangs.read_text())
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt)
    thread.start()
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        _execute([run], tools)
    thread.join()
    assert signal.getsignal(signal.SIGTERM) == handler
    assert not _is_alive(int(hangs.read_text()))
    assert files.read_state(run, files.FAILURE) is None
    # And the next start goes on.
    _execute([run], tools)
    assert files.read_state(run, files.RESULT)['mAP'] == 60
    assert "'--resume'" in _calls(tools)[1]


@pytest.mark.skipif(sys.platform != 'linux', reason='a feature of Linux')
def test_when_killed_the_run_ends_too(tools):
    # A process without torch, which would take seconds to start.
    code = ('import ctypes, signal, subprocess, sys, time\n'
            'sys.path.insert(0, sys.argv[2])\n'
            'import execution_part\n'
            'child = subprocess.Popen([sys.executable, "-c", '
            '"import time; time.sleep(60)"], start_new_session=True, '
            'preexec_fn=execution_part._die_with_parent)\n'
            'open(sys.argv[1], "w").write(str(child.pid))\n'
            'time.sleep(60)\n')
    import inspect

    from snreid_mm.results import execution
    part = ('import ctypes, signal, sys\n_LIBC = ctypes.CDLL(None)\n' +
            inspect.getsource(execution._die_with_parent))
    (tools / 'execution_part.py').write_text(part)
    hangs = tools / 'hangs'
    parent = subprocess.Popen(
        [sys.executable, '-c', code,
         str(hangs), str(tools)])
    _wait_for(lambda: hangs.exists() and hangs.read_text())
    pid = int(hangs.read_text())
    assert _is_alive(pid)
    parent.kill()
    parent.wait()
    _wait_for(lambda: not _is_alive(pid))


def test_progress_is_that_of_the_log(make_run, tools):
    execution = pool.Execution(make_run(), tools, {})
    execution.run.folder.mkdir(parents=True)
    log = execution.run.folder / 'train.log'
    assert execution.progress() == ('train', 0)
    log.write_text('Epoch(train)  [1][ 5/10] x\nEpoch(train)  [3][10/10] x')
    step, share = execution.progress()
    assert step == 'epoch 3' and share == pytest.approx(.9 * 3 / 4)
    log.write_text('Iter(train) [  50/200]  x')
    step, share = execution.progress()
    assert step == 'iteration 50' and share == pytest.approx(.9 / 4)


@pytest.mark.parametrize('log, code, reason', [
    ('a\nerror: No.\nb', 1, 'No.'),
    ('Traceback\n  x\nValueError: y\nlater', 1, 'ValueError: y'),
    ('torch.OutOfMemoryError: CUDA out of memory.', 1,
     'torch.OutOfMemoryError: CUDA out of memory.'),
    ('nothing', 3, 'ended with exit code 3'),
    ('error: x', -signal.SIGKILL,
     'ended by SIGKILL, perhaps for want of memory'),
    ('', -signal.SIGSEGV, 'ended by SIGSEGV'),
])
def test_the_reason_of_a_failure(log, code, reason):
    assert failure_reason(log, code) == reason


def test_tail(tmp_path):
    path = tmp_path / 'log'
    assert tail(path) == b''
    path.write_bytes(b'0123456789')
    assert tail(path) == b'0123456789'
    assert tail(path, size=3) == b'789'
    assert tail(path, start=8, size=5) == b'89'


def test_results_are_plain_json(make_run, tools):
    run = make_run()
    _execute([run], tools)
    content = json.loads((run.folder / files.RESULT).read_text())
    assert content['fingerprint'] == files.fingerprint(run.settings)
    assert content['label'] == 'small' and content['train'] is None
