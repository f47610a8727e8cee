"""What a job does, with a stand-in for MMEngine's runner."""

import json
import multiprocessing
import os
import signal
import threading
from unittest.mock import patch

import pytest
import torch
from filelock import FileLock
from submitit.core import submission
from submitit.slurm.test_slurm import mocked_slurm
from torch.utils.data import DataLoader

from snreid_mm.results import folder as files
from snreid_mm.results import job
from snreid_mm.results.execution import make_executors
from snreid_mm.results.job import RunJob
from snreid_mm.utils import files as writing


class StandIn:
    """A runner that saves files and trains nothing."""

    metrics = {'reid/mAP': 60., 'reid/rank-1': 50.}
    epoch = 4

    def __init__(self, cfg, calls):
        self.cfg, self.calls = cfg, calls
        self.train_dataloader = DataLoader(range(cfg.get('size', 8)))

    def train(self):
        resumed = self.cfg.get('resume') and self.cfg.load_from
        self.calls.append(('train', resumed))
        self.save('epoch_1.pth')
        if self.cfg.get('broken'):
            raise RuntimeError('The model\nis broken.')
        if self.cfg.get('preempted') and not self.cfg.get('resume'):
            os.kill(os.getpid(), signal.SIGUSR2)
        self.save('best_reid_mAP_epoch_2.pth')

    def save(self, name):
        os.makedirs(self.cfg.work_dir, exist_ok=True)
        torch.save(dict(state_dict={}), f'{self.cfg.work_dir}/{name}')

    def test(self):
        self.calls.append(('test', self.cfg.load_from))
        assert not self.cfg.resume
        evaluator = self.cfg.test_evaluator
        split = self.cfg.test_dataloader.dataset.get('split', 'test')
        place = 'seed-0' if split == 'test' else 'seed-0/valid'
        assert evaluator.ranking_file.endswith(f'{place}/rankings.json')
        if 'embeddings_file' in evaluator:
            self.calls.append((split, evaluator.embeddings_file))
        load = self.cfg.test_dataloader.dataset.pipeline[0]
        assert load.get('frame_cues', False) == ('embeddings_file' in evaluator)
        return self.metrics


@pytest.fixture(autouse=True)
def calls(monkeypatch):
    """What the runners were asked to do, and with which checkpoints."""
    calls = []
    # Children that a test forks later are none of the job's.
    monkeypatch.setattr(os, 'register_at_fork', lambda **_: None)
    monkeypatch.setattr(job, 'build_runner', lambda cfg: StandIn(cfg, calls))
    return calls


def _named(calls):
    return [(step, path and os.path.basename(path)) for step, path in calls]


def test_a_result(make_run, calls):
    run = make_run()
    RunJob(run, side_by_side=3)()
    assert _named(calls) == [('train', None),
                             ('test', 'best_reid_mAP_epoch_2.pth')]
    content = json.loads((run.folder / files.RESULT).read_text())
    assert (content['mAP'], content['rank1']) == (60, 50)
    assert content['checkpoint'] == 'best_reid_mAP_epoch_2.pth'
    assert content['fingerprint'] == files.fingerprint(run.settings)
    assert content['label'] == 'small' and content['side_by_side'] == 3
    assert content['train'] is None
    assert files.read_failure(run) is None
    RunJob(run)()
    assert len(calls) == 2


def test_embeddings_of_both_splits(make_run, calls):
    run = make_run()
    RunJob(run, embeddings=True)()
    assert _named(calls)[2::2] == [('valid', 'embeddings_valid.npz'),
                                   ('test', 'embeddings_test.npz')]
    assert files.read_result(run)['mAP'] == 60


def test_a_failure_is_one_line_and_goes_on_from_what_it_saved(make_run, calls):
    run = make_run(more='broken = True')
    for _ in range(2):
        with pytest.raises(RuntimeError):
            RunJob(run)()
    assert _named(calls) == [('train', None), ('train', 'epoch_1.pth')]
    failure = files.read_state(run, files.FAILURE)
    assert failure['reason'] == 'RuntimeError: The model is broken.'
    assert 'in train\n' in failure['traceback']
    # It is none while it is tried again.
    (run.folder / 'train/epoch_1.pth').unlink()
    with patch.object(StandIn, 'train', lambda self: self.save('epoch_4.pth')):
        RunJob(run)()
    assert not (run.folder / files.FAILURE).exists()


def test_a_training_of_no_batch_is_refused(make_run, calls):
    with pytest.raises(ValueError, match='There is no batch to train on'):
        RunJob(make_run(more='size = 0'))()
    assert not calls


def test_a_test_without_the_scores_is_a_failure(make_run, monkeypatch):
    monkeypatch.setattr(StandIn, 'metrics', dict(acc=1.))
    run = make_run()
    with pytest.raises(ValueError):
        RunJob(run)()
    assert 'the test gave only acc, no reid/mAP' in files.read_failure(run)


def test_an_interrupted_test_does_not_train_again(make_run, calls):
    run = make_run()
    with patch.object(StandIn, 'test', side_effect=KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            RunJob(run)()
    assert files.read_failure(run) is None
    RunJob(run)()
    assert [step for step, _ in calls] == ['train', 'test']


def test_another_checkpoint_is_tested_without_training_again(make_run, calls):
    RunJob(make_run())()
    run = make_run(tested='last')
    assert files.read_result(run) is None
    RunJob(run)()
    assert _named(calls)[2:] == [('test', 'epoch_1.pth')]
    result = files.read_result(run)
    assert (result['tested'], result['checkpoint']) == ('last', 'epoch_1.pth')
    assert files.read_result(make_run()) is None  # and back


def test_pruning_keeps_the_tested_checkpoint(make_run):
    run = make_run()
    RunJob(run, prune=True)()
    left = [path.name for path in (run.folder / 'train').iterdir()]
    assert left == ['best_reid_mAP_epoch_2.pth']
    assert files.read_result(run)['pruned']


def test_a_full_disk_hides_no_reason(make_run, monkeypatch):

    def replace(*_):
        raise OSError('No space left on device')

    monkeypatch.setattr(writing.os, 'replace', replace)
    with pytest.raises(OSError, match='No space left'):
        RunJob(make_run())()


def test_settings_that_changed_meanwhile_are_refused(make_run, calls):
    """A job that has waited in a cluster's queue."""
    late = make_run(options={'train_cfg.max_epochs': 5})
    RunJob(make_run())()
    with pytest.raises(ValueError, match='made with other settings'):
        RunJob(late)()
    assert len(calls) == 2


@pytest.mark.parametrize('name', ['.lock', 'slot'])
def test_no_run_is_made_twice_at_a_time(make_run, calls, name):
    """What a job of a table that was killed does not let go, is waited
    for."""
    run = make_run()
    run.folder.mkdir(parents=True)
    thread = threading.Thread(target=RunJob(run, slot=run.folder / 'slot'))
    with FileLock(run.folder / name):
        thread.start()
        thread.join(.3)
        assert thread.is_alive() and not calls
        if name == '.lock':  # the other job ends
            files.write_state(run, files.RESULT, dict(checkpoint='x.pth'))
    thread.join(10)
    assert not thread.is_alive()
    assert len(calls) == (0 if name == '.lock' else 2)


def test_workers_leave_the_notice_of_a_cluster_to_the_job(
        make_run, monkeypatch):
    registered = []
    monkeypatch.setattr(os, 'register_at_fork',
                        lambda after_in_child: registered.append(
                            after_in_child))
    RunJob(make_run())()

    def worker(connection):
        registered[0]()
        connection.send(signal.getsignal(signal.SIGUSR2))

    mine, its = multiprocessing.Pipe()
    process = multiprocessing.get_context('fork').Process(
        target=worker, args=(its, ))
    process.start()
    assert mine.recv() == signal.SIG_IGN
    process.join()


def test_a_job_whose_time_is_over_is_requeued_and_resumes(
        make_run, tmp_path, calls):
    run = make_run(more='preempted = True')
    numbers = (signal.SIGTERM, signal.SIGCONT, signal.SIGUSR2)
    handlers = [signal.getsignal(number) for number in numbers]
    requeue = patch(
        'submitit.slurm.slurm.SlurmJobEnvironment._requeue')
    try:
        with mocked_slurm() as slurm, requeue as requeued:
            executor, = make_executors(tmp_path / 'jobs', slurm={})
            submitted, = executor.submit_array([RunJob(run)])
            with slurm.job_context(submitted.job_id):
                with pytest.raises(SystemExit):
                    submission.process_job(tmp_path / 'jobs')
                requeued.assert_called_once()
                assert not submitted.done()
                submission.process_job(tmp_path / 'jobs')
            assert submitted.exception() is None
    finally:
        for number, handler in zip(numbers, handlers):
            signal.signal(number, handler)
    assert _named(calls) == [('train', None), ('train', 'epoch_1.pth'),
                             ('test', 'best_reid_mAP_epoch_2.pth')]
    assert files.read_result(run)['mAP'] == 60
