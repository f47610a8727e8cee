"""What the job of one run does, on this machine or on a node of a cluster."""

import contextlib
import gc
import os
import signal
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import torch
from filelock import FileLock
from mmengine.config import Config
from submitit import JobEnvironment
from submitit.helpers import Checkpointable

from snreid_mm.engine import build_runner, train
from snreid_mm.utils.config import load_config, measure_frame_cues
from . import folder as files
from .plan import Run, one_line


@dataclass
class RunJob(Checkpointable):
    """Train and test one run.

    The job waits until no other one is at work in the run's folder, and does
    what is left to do. So it may be ended at any time and be called again,
    which submitit does when a cluster's time limit is over.

    Args:
        run (Run): The run.
        prune (bool): Whether to remove all checkpoints of the finished run
            but the tested one. Defaults to False.
        side_by_side (int, optional): How many runs share the machine, for the
            table. Defaults to None: not known.
        slot (Path, optional): The lock file of the job's share of the
            machine, which a job that outlived its table may hold. Defaults to
            None: it has none.
        embeddings (bool): Whether to save the embeddings of valid and test,
            to match on. Defaults to False.
    """

    run: Run
    prune: bool = False
    side_by_side: Optional[int] = None
    slot: Optional[Path] = None
    embeddings: bool = False

    def __call__(self) -> None:
        """Do what is left to do, and write the result or the failure."""
        run = self.run
        # A loader's worker that gets the cluster's notice leaves it to us.
        notice = getattr(signal, f'SIG{JobEnvironment.USR_SIG}')
        os.register_at_fork(
            after_in_child=lambda: signal.signal(notice, signal.SIG_IGN))
        run.folder.mkdir(parents=True, exist_ok=True)
        slot = FileLock(self.slot) if self.slot else contextlib.nullcontext()
        with slot, FileLock(run.folder / files.LOCK):
            try:
                files.check_unchanged(run)
                if files.read_result(run) is None:
                    files.prepare(run)
                    if files.read_state(run, files.TRAINED) is None:
                        self._train()
                    self._test()
                if self.prune:
                    files.prune(run)
            except Exception as error:
                reason = dict(
                    reason=one_line(error), traceback=traceback.format_exc())
                with contextlib.suppress(OSError):  # a full disk
                    files.write_state(run, files.FAILURE, reason)
                raise

    def _train(self) -> None:
        cfg = self._load_config('train')
        checkpoint = files.newest_whole(self.run)
        if checkpoint is not None:
            cfg.resume, cfg.load_from = True, str(checkpoint)
        runner = build_runner(cfg)
        train(runner)
        files.write_state(self.run, files.TRAINED, dict(epoch=runner.epoch))

    def _test(self) -> None:
        gc.collect()  # the training's memory is no cost of the test
        torch.cuda.empty_cache()
        run = self.run
        checkpoint = files.checkpoint_to_test(run)
        folder = run.folder.resolve()
        options = {'test_evaluator.ranking_file': str(folder / files.RANKINGS)}
        if self.embeddings:
            key = 'test_evaluator.embeddings_file'
            valid = self._load_config(
                'valid', {
                    'test_dataloader.dataset.split': 'valid',
                    # Not over a file that the config names for test.
                    'test_evaluator.ranking_file':
                    str(folder / 'valid' / files.RANKINGS),
                    key: str(folder / files.EMBEDDINGS.format('valid'))
                })
            self._run_test(valid, checkpoint)
            options[key] = str(folder / files.EMBEDDINGS.format('test'))
        metrics = self._run_test(
            self._load_config('test', options), checkpoint)
        if not {'reid/mAP', 'reid/rank-1'} <= set(metrics):
            raise ValueError(
                f'the test gave only {", ".join(metrics) or "nothing"}, no '
                'reid/mAP and reid/rank-1: test_evaluator must be one '
                'snreid_mm.ActionRetrievalMetric with the prefix reid and '
                'rank 1 in topk.')
        files.write_state(
            run, files.RESULT,
            dict(
                label=run.label,
                fraction=run.fraction,
                seed=run.seed,
                fingerprint=files.fingerprint(run.settings),
                tested=run.tested,
                checkpoint=checkpoint.name,
                mAP=metrics['reid/mAP'],
                rank1=metrics['reid/rank-1'],
                metrics=metrics,
                train=files.read_state(run, 'measured_train.json'),
                test=files.read_state(run, 'measured_test.json'),
                side_by_side=self.side_by_side))

    def _run_test(self, cfg: Config, checkpoint: Path) -> dict:
        cfg.resume, cfg.load_from = False, str(checkpoint)
        if self.embeddings:
            measure_frame_cues(cfg)
        return build_runner(cfg).test()

    def _load_config(self,
                     step: str,
                     options: Optional[dict] = None) -> Config:
        folder = self.run.folder.resolve()
        cfg = load_config(
            str(folder / files.CONFIG), options, str(folder / step))
        # MMEngine keeps a log and a history for each name in a process.
        cfg.experiment_name = '_'.join([*folder.parts[-3:], step])
        return cfg
