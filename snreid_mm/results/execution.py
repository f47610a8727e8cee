"""One run, step by step: each step is one of the project's tools in a process
of its own."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from . import folder as files
from .plan import Run

_EPOCH = re.compile(rb'Epoch\(train\)\s+\[(\d+)\]\[\s*(\d+)/(\d+)\]')
_ITER = re.compile(rb'Iter\(train\)\s+\[\s*(\d+)/(\d+)\]')
_EXCEPTION = re.compile(r'^[A-Za-z_][\w.]*(Error|Exception|Interrupt): .*')
# Opened here, because a process that has just been forked must not.
_LIBC = ctypes.CDLL(None)
# The share of a run's time that training takes, for the progress bar.
_TRAINING_SHARE = .9


class Execution:
    """Train and test one run.

    It is driven from outside: :meth:`start` starts the next step's process,
    :meth:`poll` looks whether it has ended.

    Args:
        run (Run): The run.
        tools (Path): The folder of ``train.py`` and ``test.py``.
        environment (dict[str, str]): More environment variables of its
            processes.
        notes (dict, optional): What to write into the result besides.
        prune (bool): Whether to remove all checkpoints of a finished run but
            the tested one. Defaults to False.

    Attributes:
        reason (str): Why the run has failed; '' if it has not.
    """

    def __init__(self,
                 run: Run,
                 tools: Path,
                 environment: Dict[str, str],
                 notes: Optional[dict] = None,
                 prune: bool = False) -> None:
        self.run = run
        self.notes = notes or {}
        self.prune = prune
        self._tools = tools
        self._environment = environment
        self._process = None
        self._step = ''
        self._log = None
        self._log_start = 0
        self._begun = 0.
        self._tested = ''
        self.reason = ''

    def start(self) -> None:
        """Start with the first step that is not done."""
        try:
            files.prepare(self.run)
            if files.read_state(self.run, files.TRAINED) is None:
                self._start_training()
            else:
                self._start_test()
        except (OSError, ValueError) as error:
            self._fail(str(error))

    def poll(self) -> str:
        """Look at the process, and go on to the next step if it has ended.

        Returns:
            str: ``'running'``, ``'done'`` or ``'failed'``.
        """
        if self._process is None:
            return 'failed'
        code = self._process.poll()
        if code is None:
            return 'running'
        seconds = time.perf_counter() - self._begun
        self._log.close()
        if code:
            self._fail(f'{self._step}: {self._reason(code)}')
            return 'failed'
        try:
            if self._step == 'train':
                self._note_trained(seconds)
                self._start_test()
                return 'running'
            self._note_result(seconds)
        except (OSError, ValueError) as error:
            self._fail(f'{self._step}: {error}')
            return 'failed'
        return 'done'

    def progress(self) -> Tuple[str, float]:
        """Say how far the run is.

        Returns:
            tuple[str, float]: The step, and the share of the run that is
            done, between 0 and 1.
        """
        if self._step == 'test':
            return 'test', _TRAINING_SHARE
        text = tail(self._log_path('train'))
        epochs = _EPOCH.findall(text)
        if epochs:
            epoch, batch, batches = map(int, epochs[-1])
            total = (self.run.cfg.get('train_cfg') or {}).get('max_epochs')
            done = (epoch - 1 + batch / batches) / total if total else 0.
            return f'epoch {epoch}', _TRAINING_SHARE * min(done, 1.)
        iterations = _ITER.findall(text)
        if iterations:
            now, total = map(int, iterations[-1])
            return f'iteration {now}', _TRAINING_SHARE * min(now / total, 1.)
        return 'train', 0.

    def stop(self, patience: float = 10.) -> None:
        """End the process and all that it has started.

        Args:
            patience (float): Seconds until it is not asked any more.
        """
        if self._process is None or self._process.poll() is not None:
            return
        for number, wait in ((signal.SIGTERM, patience), (signal.SIGKILL,
                                                          patience)):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(wait)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._log.close()

    def _start_training(self) -> None:
        arguments = [files.CONFIG, '--work-dir', 'train']
        checkpoint = files.checkpoint_to_resume(self.run)
        if checkpoint is not None:
            arguments += ['--resume', str(checkpoint.resolve())]
        self._launch('train', arguments)

    def _start_test(self) -> None:
        checkpoint = files.checkpoint_to_test(self.run)
        folder = self.run.folder.resolve()
        self._tested = checkpoint.name
        self._launch('test', [
            files.CONFIG,
            str(checkpoint.resolve()), '--work-dir', 'test', '--out',
            files.METRICS, '--cfg-options',
            f'test_evaluator.ranking_file={folder / files.RANKINGS}'
        ])

    def _launch(self, step: str, arguments: List[str]) -> None:
        self._step = step
        self._log = open(self._log_path(step), 'ab')
        self._log_start = self._log.tell()
        self._begun = time.perf_counter()
        folder = self.run.folder.resolve()
        arguments = [
            str(folder / each) if each in
            (files.CONFIG, files.METRICS, 'train', 'test') else each
            for each in arguments
        ]
        # A session of its own, so that its loaders' workers end with it.
        self._process = subprocess.Popen(
            [sys.executable, str(self._tools / f'{step}.py'), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                **self._environment
            },
            start_new_session=True,
            preexec_fn=_die_with_parent)

    def _log_path(self, step: str) -> Path:
        return self.run.folder / f'{step}.log'

    def _reason(self, code: int) -> str:
        text = tail(self._log_path(self._step), self._log_start)
        text = text.decode(errors='replace')
        return failure_reason(text, code)

    def _fail(self, reason: str) -> None:
        self.reason = reason
        # It is reported, even if the disk is full.
        with contextlib.suppress(OSError):
            files.write_state(self.run, files.FAILURE, dict(reason=reason))

    def _note_trained(self, seconds: float) -> None:
        files.write_state(self.run, files.TRAINED, dict(seconds=seconds))

    def _note_result(self, seconds: float) -> None:
        metrics = files.read_state(self.run, files.METRICS) or {}
        for name in ('reid/mAP', 'reid/rank-1'):
            if name not in metrics:
                raise ValueError(
                    f'the test gave no {name}, only '
                    f'{", ".join(metrics) or "nothing"}: test_evaluator must '
                    'be one snreid_mm.ActionRetrievalMetric with the prefix '
                    'reid and rank 1 in topk.')
        files.write_state(
            self.run, files.RESULT,
            dict(
                label=self.run.label,
                fraction=self.run.fraction,
                seed=self.run.seed,
                fingerprint=files.fingerprint(self.run.settings),
                tested=self.run.tested,
                checkpoint=self._tested,
                mAP=metrics['reid/mAP'],
                rank1=metrics['reid/rank-1'],
                metrics=metrics,
                train=files.read_state(self.run, 'measured_train.json'),
                test=files.read_state(self.run, 'measured_test.json'),
                test_wall_seconds=seconds,
                **self.notes))
        if self.prune:
            files.prune(self.run)


def tail(path: Path, start: int = 0, size: int = 65536) -> bytes:
    """Read the end of a file.

    Args:
        path (Path): The file.
        start (int): The first byte that may be read. Defaults to 0.
        size (int): How many bytes at most. Defaults to 65,536.

    Returns:
        bytes: Its end; nothing if there is no such file.
    """
    if not path.is_file():
        return b''
    with open(path, 'rb') as file:
        file.seek(max(start, path.stat().st_size - size))
        return file.read()


def failure_reason(log: str, code: int) -> str:
    """Say in one line why a process has failed.

    Args:
        log (str): What it has printed.
        code (int): Its exit code; negative for a signal.

    Returns:
        str: Its last line that starts with ``error:``, else the last that
        names an exception, else the code.
    """
    if code < 0:
        name = signal.Signals(-code).name
        hint = ', perhaps for want of memory' if name == 'SIGKILL' else ''
        return f'ended by {name}{hint}'
    lines = [line.strip() for line in log.splitlines()]
    for line in reversed(lines):
        if line.startswith('error: '):
            return line[len('error: '):]
    for line in reversed(lines):
        if _EXCEPTION.match(line):
            return line
    return f'ended with exit code {code}'


def _die_with_parent() -> None:
    """Have the kernel end this process if its parent is killed (Linux)."""
    if sys.platform == 'linux':
        _LIBC.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
