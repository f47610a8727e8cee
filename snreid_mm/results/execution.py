"""Runs side by side: jobs of submitit, on this machine or on a cluster."""

import contextlib
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Tuple

import psutil
import submitit
import torch
from filelock import FileLock, Timeout
from tqdm import tqdm

from snreid_mm.utils.training_progress import training_progress
from . import folder as files
from .job import RunJob
from .plan import Run

# A local job of submitit ends after so many minutes: ten years.
_NO_LIMIT = 10 * 366 * 24 * 60
# How often a job goes on when a cluster's time limit is over.
_REQUEUES = 20
# The share of a run's time that training takes, for the progress bar.
_TRAINING_SHARE = .9


def make_executors(
        folder: Path,
        jobs: Optional[int] = None,
        threads: Optional[int] = None,
        slurm: Optional[dict] = None) -> List[submitit.AutoExecutor]:
    """Make what submits jobs, to this machine or to SLURM.

    Args:
        folder (Path): Where submitit keeps the jobs and what they print.
        jobs (int, optional): How many runs go side by side. Defaults to None:
            as many as SLURM starts; here one on each GPU, or one on a machine
            without.
        threads (int, optional): CPU threads of each. Defaults to None, which
            leaves them to SLURM, and shares this machine's out.
        slurm (dict, optional): Parameters of submitit's executor for SLURM,
            such as ``partition`` or ``timeout_min``. A GPU is asked for
            unless they say otherwise. Defaults to None: this machine.

    Returns:
        list[AutoExecutor]: One of SLURM, for all runs, or one for each run
        that goes side by side here. With more jobs than GPUs, several share
        one.
    """
    if slurm is not None:
        executor = submitit.AutoExecutor(
            folder,
            'slurm',
            slurm_python=_python(threads),
            slurm_max_num_timeout=_REQUEUES)
        options = dict(
            gpus_per_node=1, cpus_per_task=threads, array_parallelism=jobs)
        executor.update_parameters(
            **{f'slurm_{k}': v for k, v in {**options, **slurm}.items()})
        return [executor]
    devices = visible_devices()
    jobs = jobs or max(1, len(devices))
    threads = threads or max(1, len(os.sched_getaffinity(0)) // jobs)
    executors = [
        submitit.AutoExecutor(
            folder,
            'local',
            local_python=_python(
                threads, devices[i % len(devices)] if devices else ''))
        for i in range(jobs)
    ]
    for executor in executors:
        executor.update_parameters(timeout_min=_NO_LIMIT)
    return executors


def _python(threads: Optional[int], device: Optional[str] = None) -> str:
    """Write the command that starts a job's Python.

    Its environment must be set before, and submitit sets GPUs by number
    alone, while they may have names.
    """
    names = ('OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS')
    variables = [f'{name}={threads}' for name in names if threads]
    if device is not None:
        variables.append(f'CUDA_VISIBLE_DEVICES={device}')
    return shlex.join(['env', *variables, sys.executable])


def visible_devices() -> List[str]:
    """List the GPUs that may be used, as ``CUDA_VISIBLE_DEVICES`` does."""
    count = torch.cuda.device_count()
    named = os.environ.get('CUDA_VISIBLE_DEVICES')
    names = range(count) if named is None else named.split(',')
    return [str(name).strip() for name in names][:count]


@contextlib.contextmanager
def only_one(work_dir: Path):
    """Keep a second table out of a folder, by a ``BlockingIOError``."""
    work_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(work_dir / files.LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise BlockingIOError(
            f'Another process is at work in {work_dir}: wait '
            'for it, or give another --work-dir.') from None
    try:
        yield
    finally:
        lock.release()


def sort_out(runs: Sequence[Run]) -> Tuple[List[Run], List[Run]]:
    """Part the runs that are done, or cannot begin, from those to do.

    Raises:
        ValueError: If a folder holds results of other settings.
    """
    for run in runs:
        files.check_unchanged(run, files.is_at_work(run))
    settled, waiting = [], []
    for run in runs:
        ready = run.problem or files.read_result(run)
        (settled if ready else waiting).append(run)
    return settled, waiting


def execute(runs: Sequence[Run],
            executors: Sequence[submitit.AutoExecutor],
            prune: bool = False,
            after_each: Callable = lambda: None,
            settled: int = 0,
            pause: float = 1.,
            embeddings: bool = False) -> None:
    """Make runs.

    A local executor gets one run at a time, one of SLURM all of them, as an
    array. A run that fails is noted, and the others go on. When it is
    interrupted the jobs are ended too; what they have saved is resumed the
    next time.

    Args:
        runs (Sequence[Run]): The runs to make.
        executors (Sequence[AutoExecutor]): See :func:`make_executors`.
        prune (bool): Whether to remove all checkpoints of a finished run but
            the tested one. Defaults to False.
        after_each (Callable): Called after each run.
        settled (int): How many runs were done before, for the progress bar.
        pause (float): Seconds between two looks at the jobs.
        embeddings (bool): Whether each run saves its embeddings of valid and
            test. Defaults to False.
    """
    waiting, active = list(runs), []
    bar = tqdm(
        total=settled + len(runs),
        initial=settled,
        desc='runs',
        bar_format='{desc}: {percentage:3.0f}%|{bar}| {n:.1f}/{total} '
        '[{elapsed}<{remaining}]{postfix}',
        mininterval=.5 if sys.stderr.isatty() else 60)
    try:
        while waiting or active:
            for i, executor in enumerate(executors):
                if waiting and i not in [slot for *_, slot in active]:
                    local = executor.cluster == 'local'
                    batch = waiting[:1] if local else waiting
                    waiting = waiting[len(batch):]
                    for run in batch:
                        (run.folder / files.FAILURE).unlink(missing_ok=True)
                    share = dict(
                        side_by_side=len(executors),
                        slot=executor.folder / f'slot-{i}.lock') if local \
                        else {}
                    jobs = _submit(executor, [
                        RunJob(run, prune, embeddings=embeddings, **share)
                        for run in batch
                    ])
                    active += [(*each, i) for each in zip(batch, jobs)]
            time.sleep(pause)
            for each in [each for each in active if each[1].done()]:
                active.remove(each)
                bar.write(_conclude(*each[:2]))
                try:
                    after_each()
                except OSError as error:  # a full disk
                    bar.write(f'The table is not written yet: {error}')
            steps = [(run.title, *progress(run)) for run, *_ in active]
            bar.set_postfix_str(
                '; '.join(f'{title}: {step}' for title, step, _ in steps),
                refresh=False)
            bar.n = bar.total - len(waiting) - len(active) + sum(
                share for *_, share in steps)
            bar.update(0)
    finally:
        _end([job for _, job, _ in active])
        bar.close()


def _submit(executor: submitit.AutoExecutor,
            calls: List[RunJob]) -> List[submitit.Job]:
    """Start jobs, out of reach of a terminal's Ctrl-C: it is for the table,
    which ends them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        return executor.submit_array(calls)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def _end(jobs: Sequence[submitit.Job]) -> None:
    """End jobs and all that they have started, and wait for it."""
    processes = []
    for job in jobs:
        if not isinstance(job, submitit.LocalJob):
            job.cancel(check=False)
            continue
        with contextlib.suppress(psutil.NoSuchProcess):
            controller = psutil.Process(int(job.job_id))
            controller.suspend()  # it starts no more
            processes += [controller, *controller.children(recursive=True)]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, 10)
    for _ in range(60):  # what a cluster may need
        if all(job.done(force_check=True) for job in jobs):
            break
        time.sleep(1)


def _conclude(run: Run, job: submitit.Job) -> str:
    """Report the end of a job, and note a failure that it could not note."""
    result, reason = files.read_result(run), files.read_failure(run)
    if result is not None:
        return (f'done    {run.title}: mAP {result["mAP"]:.2f}, rank-1 '
                f'{result["rank1"]:.2f}')
    if reason is None:
        reason = f'no result ({job.state.lower()}), perhaps for want of ' \
            f'memory, disk or time: see {job.paths.stderr}'
        with contextlib.suppress(OSError):
            files.write_state(run, files.FAILURE, dict(reason=reason))
    return f'FAILED  {run.title}: {reason}'


def progress(run: Run) -> Tuple[str, float]:
    """Read how far a run is.

    Returns:
        tuple[str, float]: The step, and the share of the run that is done,
        between 0 and 1.
    """
    if (run.folder / files.TRAINED).is_file():
        return 'test', _TRAINING_SHARE
    step, share = training_progress(run.folder / 'train', run.cfg.train_cfg)
    return step, _TRAINING_SHARE * share
