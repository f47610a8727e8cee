"""A whole entry: trained, averaged, matched, ranked, checked and zipped."""

import gc
import json
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import torch
from mmengine.hooks import Hook
from tqdm import tqdm

from snreid_mm.engine import build_runner
from snreid_mm.evaluation.calibration_file import write_calibration
from snreid_mm.evaluation.functional import find_matches, fit_calibration
from snreid_mm.evaluation.functional.matching import METHODS
from snreid_mm.evaluation.metrics.matching_files import write_own_frame
from snreid_mm.soccernet import (check_agreement, check_ranking, judge,
                                 read_ranking_file, write_ranking_file)
from snreid_mm.soccernet.annotations import find_annotation_file
from snreid_mm.utils.cli import format_table
from snreid_mm.utils.config import load_config, measure_frame_cues
from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.weights import average_weights, write_weights
from . import folder as files
from .data_stamp import stamp_index
from .execution import execute, make_executors, only_one, sort_out
from .job import RunJob
from .matched import rank_saved
from .own_frame import fit_on_train
from .plan import Run, plan_runs
from .steps import Steps
from .tuning import tune_on_valid

_AVERAGE = 'average'
_PLAIN = 'plain'
_NOTE = (
    'mAP and rank-1 in per cent. Inductive: each query is ranked by itself. '
    'Transductive: the other crops of its action help. Everything was chosen '
    'on valid; test was scored once, with what was chosen.')


class Candidate(NamedTuple):
    """A model that could be entered.

    Args:
        name (str): ``'seed-0'`` or ``'average'``.
        checkpoint (Path): Its weights.
        valid (dict[str, float]): Its plain scores on valid, in per cent:
            ``'mAP'`` and ``'rank-1'``.
    """

    name: str
    checkpoint: Path
    valid: Dict[str, float]


class Entry:
    """An entry to the challenge, from a config to the zip for the server.

    Each seed is trained, and scored on valid. The mean of their weights is a
    candidate too, and the best on valid is entered. The classifier of the own
    frame is fitted on train, matchings and calibration on valid; then test
    and challenge are ranked, once. What is done is kept: see
    :class:`~snreid_mm.results.steps.Steps` and
    :class:`~snreid_mm.results.job.RunJob`.

    Args:
        config (str): The config file.
        data_root (str): The folder that holds the splits.
        work_dir (Path): Where everything goes.
        seeds (Sequence[int]): The seeds.
        options (dict, optional): Dotted keys and values, as
            ``--cfg-options``. Defaults to None.
        splits (Sequence[str]): What is ranked in the end, of ``'test'`` and
            ``'challenge'``. Defaults to both.
        own_frame_fraction (float): The share of the training actions that the
            own frame is fitted on; 0 leaves it out. Defaults to 0.1.
        methods (Sequence[str]): The matchings to tune. Defaults to all.
        false_accept_rate (float): That of the calibration. Defaults to 0.01.
        jobs (int, optional): How many seeds are trained side by side, in
            processes of their own; 0 trains in this one. Defaults to None:
            one on each GPU, or one.
        threads (int, optional): CPU threads of each. Defaults to None, which
            shares them out.
        say (Callable): Takes a line for each step. Defaults to ``print``.
    """

    def __init__(self,
                 config: str,
                 data_root: str,
                 work_dir: Path,
                 seeds: Sequence[int],
                 *,
                 options: Optional[dict] = None,
                 splits: Sequence[str] = ('test', 'challenge'),
                 own_frame_fraction: float = .1,
                 methods: Sequence[str] = tuple(METHODS),
                 false_accept_rate: float = .01,
                 jobs: Optional[int] = None,
                 threads: Optional[int] = None,
                 say: Callable = print) -> None:
        self.data_root = str(Path(data_root).resolve())
        self.work_dir = Path(work_dir).resolve()
        self.splits = tuple(splits)
        self.own_frame_fraction = own_frame_fraction
        self.methods = list(methods)
        self.false_accept_rate = false_accept_rate
        self.jobs, self.threads = jobs, threads
        self.say = say
        self.steps = Steps(self.work_dir / 'steps', say)
        # The job of a run ends with a test, here on valid: seeds are compared
        # there, and test is left alone.
        self.runs = plan_runs(
            [(config, Path(config).stem)], self.work_dir, seeds, None, {
                'data_root': self.data_root,
                'test_dataloader.dataset.split': 'valid',
                **(options or {})
            })
        for run in self.runs:
            if run.problem:
                raise ValueError(f'{config} cannot be read: {run.problem}')

    def make(self) -> str:
        """Make the entry, as far as it is not made.

        Returns:
            str: The table of scores, which is in ``summary.md`` too.

        Raises:
            FileNotFoundError: If a split is not there.
            ValueError: If a training has failed, the folder holds one of
                other settings, or a file is not as the server wants it.
        """
        # Before days of training.
        stamps = {
            split: stamp_index(self.data_root, split)
            for split in ('train', 'valid', *self.splits)
        }
        with only_one(self.work_dir):
            candidates = self._train()
            if len(candidates) > 1:
                candidates.append(self._average(candidates, stamps['valid']))
            # At equal scores the mean of all.
            chosen = max(
                reversed(candidates), key=lambda each: each.valid['mAP'])
            self.say(f'entered is {chosen.name}, the best on valid')
            valid = self._embeddings(chosen, 'valid', '.npz')
            if chosen.name != _AVERAGE:  # which was scored so
                self._embed(chosen, 'valid', stamps['valid'])
            matching = self._match(valid, stamps)
            self._calibrate(valid)
            scores = {
                split: self._rank(chosen, split, stamps[split], matching)
                for split in self.splits
            }
            return self._summarize(candidates, chosen, matching, scores)

    def _train(self) -> List[Candidate]:
        settled, waiting = sort_out(self.runs)
        for run in settled:
            self.say(f'[kept] train-{run.folder.name}: {_line(run)}')
        if waiting and self.jobs == 0:
            for run in waiting:
                self.say(f'[....] train-{run.folder.name}')
                RunJob(run)()
        elif waiting:
            execute(
                waiting,
                make_executors(self.work_dir / 'jobs', self.jobs,
                               self.threads),
                settled=len(settled))
        for run in waiting:
            if files.read_result(run) is None:
                raise ValueError(
                    f'The training of {run.title} has failed '
                    f'({files.read_failure(run)}): mend that and give the '
                    'same command again; what is done is kept.')
            self.say(f'[done] train-{run.folder.name}: {_line(run)}')
        return [_candidate(run) for run in self.runs]

    def _average(self, candidates: Sequence[Candidate],
                 valid_stamp: str) -> Candidate:
        path = self.work_dir / f'{_AVERAGE}.pth'
        paths = [each.checkpoint for each in candidates]

        def make():
            write_weights(
                str(path),
                average_weights(paths),
                str(paths[0]),
                averaged=list(map(str, paths)))
            return f'the mean of {len(paths)} checkpoints, {path}'

        self.steps.do(_AVERAGE, {each.name: each.checkpoint
                                 for each in candidates}, [path], make)
        mean = Candidate(_AVERAGE, path, {})
        self._embed(mean, 'valid', valid_stamp)
        scores = self._embeddings(mean, 'valid', '.json').read_text()
        return mean._replace(valid=json.loads(scores))

    def _embeddings(self, model: Candidate, split: str, suffix: str) -> Path:
        return self.work_dir / 'embeddings' / f'{model.name}-{split}{suffix}'

    def _embed(self, model: Candidate, split: str, stamp: str) -> Path:
        """Compute the embeddings of a split, with their plain scores beside
        them."""
        path = self._embeddings(model, split, '.npz')
        scores = path.with_suffix('.json')
        run = self.runs[0]

        def make():
            name = f'{model.name}-{split}'
            cfg = load_config(
                str(run.folder / files.CONFIG), {
                    'test_dataloader.dataset.split': split,
                    'test_evaluator.embeddings_file': str(path)
                }, str(self.work_dir / 'logs' / name))
            if self.own_frame_fraction:
                measure_frame_cues(cfg)
            # Matched later; the config's own ranking would be in the way.
            for key in ('matching', 'own_frame', 'ranking_file',
                        'zip_rankings'):
                cfg.test_evaluator.pop(key, None)
            # What the run's own test has measured stays.
            cfg.custom_hooks = [
                hook for hook in cfg.custom_hooks
                if hook['type'] != 'snreid_mm.CostHook'
            ]
            cfg.experiment_name = f'{self.work_dir.name}_{name}'
            cfg.log_level = 'WARNING'
            cfg.resume, cfg.load_from = False, str(model.checkpoint)
            gc.collect()  # an earlier model
            torch.cuda.empty_cache()
            runner = build_runner(cfg)
            runner.register_hook(ProgressBar(name))
            found = {
                key.split('/')[1]: value
                for key, value in runner.test().items()
                if key in ('reid/mAP', 'reid/rank-1')
            }
            write_atomically(scores, json.dumps(found, indent=1))
            shown = ', '.join(f'{key} {found[key]:.2f}' for key in found)
            return f'{shown or "no labels"}, plain'

        self.steps.do(
            f'embed-{model.name}-{split}',
            dict(
                checkpoint=model.checkpoint,
                settings=files.fingerprint(run.settings),
                crops=stamp), [path, scores], make)
        return path

    def _match(self, valid: Path, stamps: Dict[str, str]) -> Path:
        """Fit the own frame on train, and tune the matchings on valid."""
        own_frame = None
        if self.own_frame_fraction:
            own_frame = self.work_dir / 'own_frame.json'

            def fit():
                classifier, facts = fit_on_train(self.data_root,
                                                 self.own_frame_fraction)
                write_own_frame(own_frame, classifier, facts)
                return (f'{facts["actions"]} actions of train; area under the '
                        'curve on valid '
                        f'{facts["valid_area_under_curve"]:.3f}')

            self.steps.do(
                'own-frame',
                dict(
                    train=stamps['train'],
                    valid=stamps['valid'],
                    fraction=self.own_frame_fraction), [own_frame], fit)
        matching = self.work_dir / 'matching.json'

        def tune():
            tuned = tune_on_valid(
                str(valid), self.data_root, own_frame and str(own_frame),
                self.methods)
            write_atomically(matching, json.dumps(tuned, indent=1))
            name, scores = _best(tuned['scores'])
            return f'the best on valid is {name}, mAP {scores["mAP"]:.2f}'

        self.steps.do(
            'tune',
            dict(
                embeddings=valid, own_frame=own_frame, methods=self.methods),
            [matching], tune)
        return matching

    def _calibrate(self, valid: Path) -> None:
        path = self.work_dir / 'calibration.json'

        def make():
            matched = rank_saved(str(valid), self.data_root, split='valid')
            plain = matched.rankings[_PLAIN]
            is_match = find_matches(plain, matched.query, matched.gallery)
            calibration = fit_calibration(plain, is_match,
                                          self.false_accept_rate)
            write_calibration(path, calibration)
            return (f'{len(plain)} queries of valid, threshold '
                    f'{calibration.threshold:.4f}')

        self.steps.do(
            'calibrate',
            dict(embeddings=valid, false_accept_rate=self.false_accept_rate),
            [path], make)

    def _rank(self, chosen: Candidate, split: str, stamp: str,
              matching: Path) -> Dict[str, dict]:
        """Rank a split, write what is submitted, check it, and return the
        scores of each way."""
        embeddings = self._embed(chosen, split, stamp)
        folder = self.work_dir / 'rankings' / split
        name, _ = _best(json.loads(matching.read_text())['scores'])
        submitted = {
            self.submission(split): name,
            self.submission(split, _PLAIN): _PLAIN
        }
        zips = [path.with_suffix('.zip') for path in submitted]
        scores = folder / 'scores.json'

        def make():
            matched = rank_saved(
                str(embeddings), self.data_root, str(matching), split)
            found = matched.scores()
            lists = matched.query, matched.gallery
            matched.write(folder)
            truth = find_annotation_file(self.data_root, split)
            for path, each in submitted.items():
                write_ranking_file(
                    path, matched.rankings[each].to_dict(*lists), zipped=True)
                packed = path.with_suffix('.zip')
                check_ranking(
                    read_ranking_file(packed), *lists, str(packed))
                if found:
                    check_agreement(judge(packed, truth), found[each])
            write_atomically(scores, json.dumps(found, indent=1))
            judged = "SoccerNet's evaluator agrees" if found else 'no labels'
            return f'{name}, {zips[0]} checked; {judged}'

        self.steps.do(f'rank-{split}',
                      dict(embeddings=embeddings, matching=matching),
                      [*submitted, *zips, scores], make)
        return json.loads(scores.read_text())

    def submission(self, split: str, kind: str = '') -> Path:
        """Where the ranking of a split is that is to be submitted; its zip is
        beside it."""
        name = f'{split}_{kind}' if kind else split
        return self.work_dir / 'submission' / f'{name}.json'

    def _summarize(self, candidates: Sequence[Candidate], chosen: Candidate,
                   matching: Path, scores: Dict[str, dict]) -> str:
        valid = json.loads(matching.read_text())['scores']
        best, _ = _best(valid)
        test = scores.get('test') or {}
        rows = [(each.name, 'inductive', each.valid, {})
                for each in candidates if each is not chosen]
        rows += [(f'{chosen.name}, {name}'
                  f'{" (submitted)" if name == best else ""}',
                  'inductive' if name == _PLAIN else 'transductive', found,
                  test.get(name, {})) for name, found in valid.items()]
        header = ('', 'kind', 'valid mAP', 'rank-1', 'test mAP', 'rank-1')
        table = format_table(
            header, [(name, kind, *_numbers(one), *_numbers(two))
                     for name, kind, one, two in rows])
        packed = [
            str(self.submission(split, kind).with_suffix('.zip'))
            for split in self.splits for kind in ('', _PLAIN)
        ]
        text = f'{table}\n\n{_NOTE}\n\nTo submit: {", ".join(packed)}\n'
        write_atomically(self.work_dir / 'summary.md', text)
        write_atomically(
            self.work_dir / 'summary.json',
            json.dumps(
                dict(
                    entered=chosen.name,
                    checkpoint=str(chosen.checkpoint),
                    submitted=best,
                    valid=valid,
                    test=test,
                    candidates={
                        each.name: each.valid
                        for each in candidates
                    }),
                indent=1))
        return text


class ProgressBar(Hook):
    """Show how far a test is."""

    def __init__(self, title: str) -> None:
        self.title = title

    def before_test_epoch(self, runner) -> None:
        self.bar = tqdm(
            total=len(runner.test_dataloader), desc=self.title, unit='batch')

    def after_test_iter(self, runner, *args, **kwargs) -> None:
        self.bar.update()

    def after_test_epoch(self, runner, metrics=None) -> None:
        self.bar.close()


def _candidate(run: Run) -> Candidate:
    result = files.read_result(run)
    checkpoint = run.folder / 'train' / result['checkpoint']
    if not checkpoint.is_file():
        raise FileNotFoundError(
            f'{checkpoint} is gone, which {run.title} was scored with: put it '
            f'back, or remove {run.folder} to train again.')
    return Candidate(run.folder.name, checkpoint, {
        'mAP': result['mAP'],
        'rank-1': result['rank1']
    })


def _line(run: Run) -> str:
    if run.problem:
        return run.problem
    result = files.read_result(run)
    return (f'mAP {result["mAP"]:.2f}, rank-1 {result["rank1"]:.2f} on valid, '
            'plain')


def _best(scores: Dict[str, dict]) -> Tuple[str, dict]:
    """The way with the highest mAP; of equal ones the first."""
    return max(scores.items(), key=lambda item: item[1]['mAP'])


def _numbers(scores: Dict[str, float]) -> list:
    return [float(scores[key]) if key in scores else '–'
            for key in ('mAP', 'rank-1')]
