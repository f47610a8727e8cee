"""Runs side by side."""

import contextlib
import fcntl
import os
import signal
import sys
import time
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import torch
from tqdm import tqdm

from . import folder as files
from .execution import Execution
from .plan import Run


def slots(jobs: Optional[int] = None,
          threads: Optional[int] = None,
          devices: Optional[List[str]] = None) -> List[Dict[str, str]]:
    """Give the environment of each of the runs that go side by side.

    Args:
        jobs (int, optional): How many. Defaults to None: one on each GPU, or
            one on a machine without.
        threads (int, optional): CPU threads of each. Defaults to None, which
            shares the CPUs out.
        devices (list[str], optional): The GPUs, as ``CUDA_VISIBLE_DEVICES``
            names them. Defaults to None, which asks the machine.

    Returns:
        list[dict[str, str]]: The environment variables of each slot. With
        more jobs than GPUs, several share one.

    Raises:
        ValueError: If a number is below 1.
    """
    for name, value in (('--jobs', jobs), ('--threads', threads)):
        if value is not None and value < 1:
            raise ValueError(f'{name} must be at least 1, but is {value}.')
    devices = visible_devices() if devices is None else devices
    jobs = jobs or max(1, len(devices))
    threads = threads or max(1, len(os.sched_getaffinity(0)) // jobs)
    result = []
    for i in range(jobs):
        environment = {
            name: str(threads)
            for name in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS',
                         'OPENBLAS_NUM_THREADS')
        }
        if devices:
            environment['CUDA_VISIBLE_DEVICES'] = devices[i % len(devices)]
        result.append(environment)
    return result


def visible_devices() -> List[str]:
    """List the GPUs that may be used, as ``CUDA_VISIBLE_DEVICES`` does.

    Returns:
        list[str]: Their names; none on a machine without.
    """
    count = torch.cuda.device_count()
    named = os.environ.get('CUDA_VISIBLE_DEVICES')
    if named is None:
        return [str(i) for i in range(count)]
    return [name.strip() for name in named.split(',') if name.strip()][:count]


@contextlib.contextmanager
def only_one(work_dir: Path):
    """Keep a second process out of a folder.

    Raises:
        BlockingIOError: If another process is at work there.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    with open(work_dir / '.lock', 'w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(
                f'Another results_table.py is at work in {work_dir}: wait '
                'for it, or give another --work-dir.') from None
        yield


def sort_out(runs: List[Run]) -> Tuple[List[Run], List[Run]]:
    """Tell what is done from what is to do.

    Args:
        runs (list[Run]): The runs.

    Returns:
        tuple[list[Run], list[Run]]: The runs that are done or cannot be
        begun, and the rest.

    Raises:
        ValueError: If a folder holds results of other settings.
    """
    for run in runs:
        files.check_unchanged(run)
    settled, waiting = [], []
    for run in runs:
        ready = run.problem or files.read_result(run)
        (settled if ready else waiting).append(run)
    return settled, waiting


def execute(runs: List[Run],
            environments: List[Dict[str, str]],
            tools: Path,
            prune: bool = False,
            after_each: Optional[Callable] = None,
            settled: int = 0,
            pause: float = .2) -> None:
    """Make runs, as many side by side as there are environments.

    A run that fails is noted, and the next one begins. On Ctrl-C, and when
    this process is asked to end, the runs are ended too; what they have saved
    is resumed the next time.

    Args:
        runs (list[Run]): The runs to make.
        environments (list[dict[str, str]]): The environment variables of
            each slot, see :func:`slots`.
        tools (Path): The folder of ``train.py`` and ``test.py``.
        prune (bool): Whether to remove all checkpoints of a finished run but
            the tested one. Defaults to False.
        after_each (Callable, optional): Called after each run.
        settled (int): How many runs were done before, for the progress bar.
        pause (float): Seconds between two looks at the processes.
    """
    waiting, free, active = list(runs), list(environments), []
    # Nobody listens to a hang-up under nohup; leave that as it is.
    handlers = {
        number: signal.signal(number, _interrupt)
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) != signal.SIG_IGN
    }
    form = '{desc}: {percentage:3.0f}%|{bar}| {n:.1f}/{total} ' \
        '[{elapsed}<{remaining}]{postfix}'
    bar = tqdm(
        total=settled + len(runs),
        initial=settled,
        desc='runs',
        bar_format=form,
        mininterval=.5 if sys.stderr.isatty() else 60)
    ended = settled
    try:
        while waiting or active:
            while waiting and free:
                environment = free.pop(0)
                execution = Execution(
                    waiting.pop(0), tools, environment,
                    dict(side_by_side=len(environments)), prune)
                active.append((execution, environment))
                execution.start()
            time.sleep(pause)
            for execution, environment in list(active):
                state = execution.poll()
                if state == 'running':
                    continue
                active.remove((execution, environment))
                free.append(environment)
                ended += 1
                bar.write(_report(execution, state))
                if after_each is not None:
                    try:
                        after_each()
                    except OSError as error:  # a full disk
                        bar.write(f'The table is not written yet: {error}')
            progress = [execution.progress() for execution, _ in active]
            bar.set_postfix_str(
                '; '.join(f'{execution.run.title}: {step}'
                          for (execution, _), (step, _) in zip(
                              active, progress)),
                refresh=False)
            bar.n = ended + sum(share for _, share in progress)
            bar.update(0)
    finally:
        for execution, _ in active:
            execution.stop()
        bar.close()
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _interrupt(*_) -> None:
    raise KeyboardInterrupt


def _report(execution: Execution, state: str) -> str:
    run = execution.run
    if state == 'failed':
        return f'FAILED  {run.title}: {execution.reason}'
    result = files.read_result(run)
    return (f'done    {run.title}: mAP {result["mAP"]:.2f}, rank-1 '
            f'{result["rank1"]:.2f}')
