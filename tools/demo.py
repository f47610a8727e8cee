"""The whole way, from nothing to ranked players, in minutes on a CPU.

``make demo`` runs this. It makes a synthetic pitch, trains a pose estimator on
its keypoints and with it, as the part stream, a small two-stream model. It
tests both on matches they have not seen, and compares the model with two
rankings that need no training. Each step is one of the tools of this folder;
its log file begins with the command, so that it can be repeated with other
data.
"""

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from mmengine.config import DictAction
from mmengine.runner import find_latest_checkpoint
from tqdm import tqdm

from snreid_mm.evaluation.functional import chance_scores, score_rankings
from snreid_mm.soccernet import (check_ranking, read_ground_truth,
                                 read_ranking_file)
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.config import load_config
from snreid_mm.utils.training_progress import training_progress

TOOLS = Path(__file__).resolve().parent
FAMILY = TOOLS.parent / 'configs/demo'
CONFIG = FAMILY / 'two-stream-resnet18_b64-9e_pitch-demo_128x64.py'
POSE_CONFIG = FAMILY / 'td-hm_resnet18_b32-4e_pitch-demo_128x64.py'

# What is shown of a test's scores.
SHOWN = ('PCK', 'reid/mAP', 'reid/rank-1')
MARKER = '.made_by_demo'
WIDTH = 34


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        '--config', default=str(CONFIG), help='the config to train')
    parser.add_argument(
        '--pose-config',
        default=str(POSE_CONFIG),
        help='the pose estimator to train first, whose checkpoint the part '
        'stream starts from; not used by a model without a part stream')
    parser.add_argument(
        '--preset', default='demo', help='the preset of the synthetic pitch')
    parser.add_argument(
        '--data-root',
        default='data/pitch-demo',
        help='the pitch; made if it is not there')
    parser.add_argument(
        '--work-dir',
        default='work_dirs/demo',
        help='where logs, checkpoints and pictures go; emptied first')
    parser.add_argument(
        '--cfg-options', nargs='+', default=[], help='for --config')
    parser.add_argument(
        '--pose-cfg-options', nargs='+', default=[], help='for --pose-config')
    return parser.parse_args()


class Steps:
    """The demo's steps: each one of the tools of this folder, one line on the
    terminal, and a log file with its command and all that it printed.

    Args:
        total (int): How many there will be.
        logs (Path): The folder for their log files; made.
    """

    def __init__(self, total, logs):
        self.total, self.logs, self.count = total, logs, 0
        logs.mkdir()

    def run(self,
            title,
            script,
            *args,
            progress=None,
            own_bar=False,
            result=str):
        """Run one tool with this Python; stop with its exit code if it fails.

        Args:
            title (str): What it does.
            script (str): The tool's path in this folder.
            progress (Callable, optional): Gives a few words, and the share
                that is done, between 0 and 1. Defaults to None: not known.
            own_bar (bool): Whether the tool draws a bar itself.
            result (Callable): Gives what the step's line ends with. Defaults
                to ``str``: nothing.
        """
        self.count += 1
        title = f'[{self.count}/{self.total}] {title}'
        command = [str(TOOLS / script), *map(str, args)]
        path = self.logs / f'{self.count}_{Path(script).stem}.log'
        start = time.perf_counter()
        with open(path, 'w') as log:
            log.write(f'$ python {shlex.join(command)}\n')
            log.flush()
            process = subprocess.Popen(
                [sys.executable, '-u', *command],
                stdout=log,
                stderr=None if own_bar else log)
            with process:
                if not own_bar:
                    _watch(process, title, progress)
        if process.returncode:
            reason = '.' if own_bar else (
                f': {_last_words(path)} All that it printed is in {path}.')
            print(f'error: {title} failed{reason}', file=sys.stderr)
            raise SystemExit(process.returncode)
        seconds = time.perf_counter() - start
        print(
            f'{title:{WIDTH}}{seconds:5.0f} s   {result()}'.rstrip(),
            flush=True)


def _watch(process, title, progress):
    """Wait for a tool, beside a bar of what it has done."""
    form = '{percentage:3.0f}%|{bar:20}| [{elapsed}<{remaining}]{postfix}'
    with tqdm(
            desc=f'{title:{WIDTH}}',
            total=1.,
            leave=False,
            # In a file each look at a bar is a line.
            mininterval=.5 if sys.stderr.isatty() else 60,
            bar_format=f'{{desc}}{form if progress else "{elapsed}"}') as bar:
        while process.poll() is None:
            time.sleep(.2)
            if progress:
                words, bar.n = progress()
                bar.set_postfix_str(words, refresh=False)
            bar.update(0)


def _last_words(path):
    """Return a tool's error, or the last line that it printed."""
    lines = path.read_text(errors='replace').split('\n')
    lines = [line.strip() for line in lines if line.strip()]
    errors = [line for line in lines if line.startswith('error: ')]
    return (errors or lines)[-1].removeprefix('error: ')


def read_config(path, options):
    """Read a config with its options, given as text."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--options', nargs='*', action=DictAction, default={})
    return load_config(path,
                       parser.parse_args(['--options', *options]).options)


def train(steps, title, path, config, options, work):
    """Train a model, beside a bar that knows the epochs."""
    steps.run(
        title,
        'train.py',
        path,
        '--work-dir',
        work,
        '--cfg-options',
        *options,
        progress=lambda: training_progress(work, config.train_cfg))


def test(steps, title, path, checkpoint, options, work):
    """Test a model, and show its main scores."""
    scores = work / 'scores.json'

    def result():
        found = json.loads(scores.read_text())
        return ', '.join(f'{name.removeprefix("reid/")} {found[name]:.2f}'
                         for name in SHOWN if name in found)

    steps.run(
        title,
        'test.py',
        path,
        checkpoint,
        '--work-dir',
        work,
        '--out',
        scores,
        '--cfg-options',
        *options,
        result=result)


def check_part_extractor(config):
    """Return whether a model has a part stream, which must start from a pose
    estimator."""
    parts = config.get('model', {}).get('part_extractor')
    if parts is not None and 'pose_estimator' not in parts:
        raise ValueError(
            f'model.part_extractor of the config is a {parts.get("type")}, '
            'but the demo trains a pose estimator for a '
            'snreid_mm.MMPosePartExtractor: choose such a config, or one '
            'without a part stream.')
    return parts is not None


def score(ground_truth, ranking_file):
    """Score a ranking file, and compute what chance scores, in per cent."""
    query, gallery = read_ground_truth(ground_truth)
    rankings = check_ranking(read_ranking_file(ranking_file), query, gallery)
    scores = score_rankings(rankings, query, gallery)
    return scores.summary((1, 5)), chance_scores(scores.gallery_sizes,
                                                 scores.n_matches, (1, 5))


def use(config, checkpoint, ground_truth):
    """Write the lines of Python that use the model, on one test action."""
    query, _ = read_ground_truth(ground_truth)
    action = Path(query.names[0]).parent.relative_to('query')
    crops = [
        str(ground_truth.parent / subset / action / '*.png')
        for subset in ('query', 'gallery')
    ]
    return ('from snreid_mm.apis import PlayerReIDInferencer',
            f'inferencer = PlayerReIDInferencer({str(config)!r}, '
            f'{str(checkpoint)!r})',
            f'ranked = inferencer.rank({crops[0]!r}, {crops[1]!r})',
            'print(ranked.gallery.names[ranked.order[0, 0]])  # first for the '
            'first query')


@user_errors
def main():
    args = parse_args()
    start = time.perf_counter()
    data, work = Path(args.data_root), Path(args.work_dir)
    truth = data / 'test' / 'bbox_info.json'
    for config in (args.config, args.pose_config):
        if not Path(config).is_file():
            raise FileNotFoundError(f'There is no config file {config!r}.')
    config = read_config(args.config, args.cfg_options)
    pose_config = read_config(args.pose_config, args.pose_cfg_options)
    has_parts = check_part_extractor(config)
    # Emptied, so nothing but a demo's own folder may be named.
    if work.exists() and any(work.iterdir()):
        if not (work / MARKER).exists():
            raise FileExistsError(
                f'--work-dir {work} holds files that no demo has made: name '
                'another folder, or empty this one yourself.')
        shutil.rmtree(work)
    work.mkdir(parents=True, exist_ok=True)
    (work / MARKER).touch()
    by_model, by_colour = work / 'rankings.json', work / 'rankings-colour.json'
    pictures = work / 'pictures'
    options = [f'data_root={data}', *args.cfg_options]

    steps = Steps(5 + 3 * has_parts + (not truth.exists()), work / 'logs')
    print(f'The demo works in {work}/; what its tools print is in '
          f'{steps.logs}/.')
    if not truth.exists():
        steps.run(
            'Make the pitch',
            'dataset_tools/make_synthetic.py',
            data,
            '--preset',
            args.preset,
            own_bar=True)
    if has_parts:
        pose, pose_options = work / 'pose', [
            f'data_root={data}', *args.pose_cfg_options
        ]
        pose.mkdir()
        train(steps, 'Train the pose estimator', args.pose_config, pose_config,
              pose_options, pose)
        checkpoint = find_latest_checkpoint(str(pose))
        test(steps, 'Test the pose estimator', args.pose_config, checkpoint,
             pose_options, pose)
        steps.run(
            'Draw keypoints',
            'visualization/show_keypoints.py',
            args.pose_config,
            checkpoint,
            '--data-root',
            data,
            '--split',
            'test',
            '--out',
            pose / 'pictures',
            '--cfg-options',
            *pose_options,
            result=lambda: f'{pose}/pictures/')
        options.append(f'model.part_extractor.checkpoint={checkpoint}')
    train(steps, 'Train the model', args.config, config, options, work)
    checkpoint = max(
        work.glob('best_*.pth'), key=lambda path: path.stat().st_mtime)
    test(steps, 'Test the model', args.config, checkpoint,
         [*options, f'test_evaluator.ranking_file={by_model.resolve()}'], work)
    steps.run('Rank by colour, to compare', 'analysis_tools/rank_by_colour.py',
              by_colour, '--data-root', data)
    steps.run(
        'Draw rankings',
        'visualization/show_rankings.py',
        by_model,
        '--data-root',
        data,
        '--split',
        'test',
        '--out',
        pictures,
        result=lambda: f'{pictures}/')
    steps.run(
        'Write the report',
        'analysis_tools/report.py',
        f'the model={by_model}',
        f'colour histogram={by_colour}',
        '--data-root',
        data,
        '--out',
        work / 'report',
        '--attach',
        work / Path(args.config).name,
        result=lambda: 'to open in a browser, see below')

    model, chance = score(truth, by_model)
    colour, _ = score(truth, by_colour)
    names = list(model)
    print(f'\n=== Test split of {data}, per cent')
    print(
        format_table(['ranking by', *names],
                     [[title, *(float(scores[name]) for name in names)]
                      for title, scores in (('chance', chance),
                                            ('colour histogram', colour),
                                            ('the model', model))]))
    print(f'\nTo open in a browser: {work / "report/index.html"}')
    print('\nIn Python, from here:')
    for line in use(work / Path(args.config).name, checkpoint, truth):
        print(f'    {line}')
    print()
    print(f'The whole demo took {time.perf_counter() - start:.0f} s.')


if __name__ == '__main__':
    main()
