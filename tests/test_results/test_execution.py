"""Runs side by side, with a stand-in for the job, which trains nothing."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cloudpickle
import psutil
import pytest
import torch
from submitit.core import submission
from submitit.slurm.test_slurm import mocked_slurm

from snreid_mm.results import execution
from snreid_mm.results import folder as files
from snreid_mm.results.execution import (execute, make_executors, only_one,
                                         progress, sort_out, visible_devices)
from snreid_mm.results.plan import plan_runs

# Its processes know no test.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


class StandIn:
    """What a job does, by the name of its config. It holds nothing that
    takes seconds to import."""

    def __init__(self,
                 run,
                 prune,
                 side_by_side=None,
                 slot=None,
                 embeddings=False):
        self.folder, self.kind = str(run.folder), run.stem
        self.note = f'{self.kind} {prune} {side_by_side} ' \
            f'{slot and slot.name}'
        self.calls = str(run.folder.parents[2] / 'calls.txt')

    def __call__(self):
        names = ('CUDA_VISIBLE_DEVICES', 'OMP_NUM_THREADS')
        environment = ' '.join(os.environ.get(name, '') for name in names)
        with open(self.calls, 'a') as calls:
            calls.write(f'{self.note} {environment}\n')
        folder = Path(self.folder)
        folder.mkdir(parents=True, exist_ok=True)
        if self.kind == 'bad':
            reason = json.dumps(dict(reason='ValueError: It is broken.'))
            (folder / 'failure.json').write_text(reason)
            raise ValueError('It is broken.')
        if self.kind == 'deaf':
            os.kill(os.getppid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        if self.kind == 'lost':
            os.kill(os.getpid(), signal.SIGKILL)
        if self.kind == 'endless':
            child = subprocess.Popen(['sleep', '60'])
            (folder / 'hangs.tmp').write_text(f'{os.getpid()} {child.pid}')
            (folder / 'hangs.tmp').rename(folder / 'hangs')
            time.sleep(60)
        (folder / 'result.json').write_text(
            json.dumps(dict(mAP=60., rank1=50.)))


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    monkeypatch.setattr(execution, 'RunJob', StandIn)


@pytest.fixture
def work(tmp_path):
    return tmp_path / 'work'


def _calls(work):
    path = work / 'calls.txt'
    return path.read_text().splitlines() if path.exists() else []


def _execute(runs, work, jobs=1, **kwargs):
    _, waiting = sort_out(runs)
    executors = make_executors(work / 'jobs', jobs, 1)
    execute(waiting, executors, pause=.02, **kwargs)
    return waiting


def test_a_failure_is_noted_and_the_rest_goes_on(make_run, work, capfd):
    runs = [make_run('bad'), make_run('good'), make_run('lost')]

    def after_each():
        raise OSError('No space for a table')  # nor is that the end

    _execute(runs, work, jobs=2, after_each=after_each)
    assert files.read_failure(runs[0]) == 'ValueError: It is broken.'
    assert files.read_result(runs[1])['mAP'] == 60
    # What could not say why it ends is noted by the table.
    reason = files.read_failure(runs[2])
    assert 'no result (finished), perhaps for want of memory' in reason
    assert Path(reason.split()[-1]).is_file()
    shown = capfd.readouterr().out
    assert 'FAILED  bad, fraction 1, seed 0: ValueError: It is' in shown
    assert 'done    good, fraction 1, seed 0: mAP 60.00, rank-1 50.0' in shown
    assert f'FAILED  lost, fraction 1, seed 0: {reason}' in shown
    assert shown.count('not written yet: No space for a table') == 3
    assert sorted(_calls(work)) == [
        'bad False 2 slot-0.lock  1', 'good False 2 slot-1.lock  1',
        _calls(work)[-1]
    ]
    # Only what failed is done again.
    assert sort_out(runs) == ([runs[1]], [runs[0], runs[2]])


def test_ctrl_c_on_a_terminal_is_for_the_table_alone(make_run, work, capfd):
    run = make_run('deaf')
    _execute([run], work)
    assert files.read_result(run)['mAP'] == 60
    assert 'Traceback' not in capfd.readouterr().err
    # It is not kept from the table.
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_config_that_cannot_be_read_is_settled(make_run, work):
    bad = make_run(more='1 / 0')
    assert sort_out([bad]) == ([bad], [])
    assert 'division by zero' in files.read_failure(bad)
    assert not bad.folder.exists()  # only looking writes nothing
    good = make_run()
    _execute([good], work, prune=True)
    assert files.read_failure(good) is None
    assert _calls(work) == ['small True 1 slot-0.lock  1']


def test_each_gpu_gets_its_run(write_config, work, monkeypatch):
    monkeypatch.setattr(execution, 'visible_devices', lambda: ['4', 'GPU-7'])
    runs = plan_runs([(write_config(), 'small')], work, [0, 1, 2])
    execute(runs, make_executors(work / 'jobs', threads=3), pause=.02)
    first, second, third = (call.split()[-2:] for call in _calls(work))
    assert {first[0], second[0]} == {'4', 'GPU-7'}
    assert third[0] in ('4', 'GPU-7')
    assert {first[1], second[1], third[1]} == {'3'}


def _command(executor):
    return executor._executor.python


def test_how_a_machine_is_shared_out(monkeypatch, tmp_path):
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: set(range(8)))
    monkeypatch.setattr(execution, 'visible_devices', lambda: [])
    alone, = make_executors(tmp_path)
    assert 'MKL_NUM_THREADS=8' in _command(alone)
    for executor in make_executors(tmp_path, 3):
        assert _command(executor).startswith('env OMP_NUM_THREADS=2 ')
        assert 'CUDA_VISIBLE_DEVICES= ' in _command(executor)
    monkeypatch.setattr(execution, 'visible_devices', lambda: ['0', '1'])
    assert len(make_executors(tmp_path)) == 2
    for executor, device in zip(make_executors(tmp_path, 3), '010'):
        assert f'CUDA_VISIBLE_DEVICES={device} ' in _command(executor)


def test_visible_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    assert visible_devices() == ['0', '1']
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '3, 5')
    assert visible_devices() == ['3', '5']
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    assert visible_devices() == []


def test_two_at_work_in_one_folder_are_refused(work):
    with only_one(work):
        with pytest.raises(BlockingIOError, match='Another process is at'):
            with only_one(work):
                pass
    with only_one(work):
        pass


def _wait_for(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, 'waited in vain'
        time.sleep(.02)


def _is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_jobs_and_what_they_started(
        make_run, work, number):
    run = make_run('endless')
    hangs = run.folder / 'hangs'
    # A shell that starts the tests in the background has SIGINT ignored.
    before = signal.signal(number, signal.default_int_handler)

    def interrupt():
        _wait_for(hangs.exists)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            _execute([run], work)
    finally:
        thread.join()
        signal.signal(number, before)
    assert not any(_is_alive(int(pid)) for pid in hangs.read_text().split())
    assert files.read_failure(run) is None


@pytest.fixture
def slurm(monkeypatch):
    """submitit's own mock of SLURM; time passes by doing the next job."""
    numbers = (signal.SIGTERM, signal.SIGCONT, signal.SIGUSR2)
    handlers = [signal.getsignal(number) for number in numbers]
    cancelled = []
    monkeypatch.setattr(subprocess, 'call', lambda command, **_: cancelled.
                        append(command))
    with mocked_slurm() as mock:
        mock.cancelled = cancelled
        yield mock
    for number, handler in zip(numbers, handlers):
        signal.signal(number, handler)


def test_slurm_gets_all_runs_as_one_array(make_run, work, slurm, monkeypatch):
    runs = [make_run('good'), make_run('bad'), make_run('better')]
    executors = make_executors(
        work / 'jobs', 2, 3, dict(partition='gpu', timeout_min=90))
    ids = iter(['12_2', '12_0', '12_1'])

    def sleep(_):
        with slurm.job_context(next(ids)), contextlib.suppress(ValueError):
            submission.process_job(work / 'jobs')

    monkeypatch.setattr(execution.time, 'sleep', sleep)
    execute(runs, executors)
    assert [run.stem for run in sort_out(runs)[1]] == ['bad']
    assert [call.split()[:4] for call in _calls(work)] == [
        [stem, 'False', 'None', 'None'] for stem in ('better', 'good', 'bad')
    ]
    script = (work / 'jobs/12_submission.sh').read_text()
    for flag in ('array=0-2%2', 'gpus-per-node=1', 'cpus-per-task=3',
                 'partition=gpu', 'time=90'):
        assert f'#SBATCH --{flag}\n' in script
    assert f'env OMP_NUM_THREADS=3 MKL_NUM_THREADS=3 ' \
        f'OPENBLAS_NUM_THREADS=3 {sys.executable} -u -m submitit' in script


def test_slurm_is_left_to_itself_where_nothing_is_asked(tmp_path, slurm):
    executor, = make_executors(tmp_path, slurm=dict(gpus_per_node=0))
    assert executor._executor.parameters == dict(gpus_per_node=0)
    assert 'NUM_THREADS' not in _command(executor)
    with pytest.raises(NameError, match="Unknown argument 'partitoin'"):
        make_executors(tmp_path, slurm=dict(partitoin='gpu'))


def test_an_interruption_cancels_the_jobs_of_slurm(make_run, work, slurm,
                                                   monkeypatch):
    def sleep(_):
        if slurm.cancelled:  # they take a while
            slurm.set_job_state('12', 'CANCELLED', 2)
        else:
            raise KeyboardInterrupt

    monkeypatch.setattr(execution.time, 'sleep', sleep)
    with pytest.raises(KeyboardInterrupt):
        execute([make_run('a'), make_run('b')],
                make_executors(work / 'jobs', slurm={}))
    assert slurm.cancelled == [['scancel', '12_0'], ['scancel', '12_1']]
    assert not _calls(work)


def _log(run, *lines, folder='20260101'):
    path = run.folder / 'train' / folder / 'vis_data/scalars.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{json.dumps(line)}\n' for line in lines) +
                    '{"half')


def test_progress_is_that_of_the_scalars(make_run):
    run = make_run()
    assert progress(run) == ('waiting', 0)
    _log(run, dict(epoch=1, step=5), dict(epoch=3, step=50))
    assert progress(run) == ('epoch 3', pytest.approx(.9 * 2.5 / 4))
    files.write_state(run, files.TRAINED, {})
    assert progress(run) == ('test', .9)
