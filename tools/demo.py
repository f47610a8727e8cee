"""The whole way, from nothing to ranked players, in minutes on a CPU.

``make demo`` runs this. It makes a synthetic pitch, trains a pose estimator on
its keypoints and with it, as the part stream, a small two-stream model. It
tests both on matches they have not seen, and compares the model with two
rankings that need no training. Each step is one of the tools of this folder;
the command is printed, so that it can be repeated with other data.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint

from snreid_mm.evaluation.functional import chance_scores, score_rankings
from snreid_mm.soccernet import (check_ranking, read_ground_truth,
                                 read_ranking_file)
from snreid_mm.utils.cli import format_table, user_errors

TOOLS = Path(__file__).resolve().parent
FAMILY = TOOLS.parent / 'configs/demo'
CONFIG = FAMILY / 'two-stream-resnet18_b64-9e_pitch-demo_128x64.py'
POSE_CONFIG = FAMILY / 'td-hm_resnet18_b32-4e_pitch-demo_128x64.py'

MARKER = '.made_by_demo'


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


def run(title, script, *args):
    """Run one tool with this Python; stop with its exit code if it fails."""
    command = [str(TOOLS / script), *map(str, args)]
    print(f'\n=== {title}\n$ python {" ".join(command)}', flush=True)
    start = time.perf_counter()
    code = subprocess.call([sys.executable, *command])
    if code:
        print(f'error: "{title}" failed.', file=sys.stderr)
        raise SystemExit(code)
    print(f'--- {time.perf_counter() - start:.0f} s', flush=True)


def train_pose(config, data, work, options):
    """Train the pose estimator, draw its joints, and return its checkpoint."""
    work.mkdir()
    options = [f'data_root={data}', *options]
    run('Train the pose estimator', 'train.py', config, '--work-dir', work,
        '--cfg-options', *options)
    checkpoint = find_latest_checkpoint(str(work))
    run('Test the pose estimator', 'test.py', config, checkpoint,
        '--work-dir', work, '--cfg-options', *options)
    run('Draw keypoints', 'visualization/show_keypoints.py', config,
        checkpoint, '--data-root', data, '--split', 'test', '--out',
        work / 'pictures', '--cfg-options', *options)
    return checkpoint


def part_extractor(config, options):
    """Return the config's part extractor; None for a model without one."""
    config = Config.fromfile(config)
    # The same key, as --cfg-options would turn the part stream off.
    if 'model.part_extractor=None' in options:
        return None
    parts = config.get('model', {}).get('part_extractor')
    if parts is not None and 'pose_estimator' not in parts:
        raise ValueError(
            f'model.part_extractor of the config is a {parts.get("type")}, '
            'but the demo trains a pose estimator for a '
            'snreid_mm.MMPosePartExtractor: choose such a config, or one '
            'without a part stream.')
    return parts


def score(ground_truth, ranking_file):
    """Score a ranking file, and compute what chance scores, in per cent."""
    query, gallery = read_ground_truth(ground_truth)
    rankings = check_ranking(read_ranking_file(ranking_file), query, gallery)
    scores = score_rankings(rankings, query, gallery)
    return scores.summary((1, 5)), chance_scores(scores.gallery_sizes,
                                                 scores.n_matches, (1, 5))


@user_errors
def main():
    args = parse_args()
    start = time.perf_counter()
    data, work = Path(args.data_root), Path(args.work_dir)
    truth = data / 'test' / 'bbox_info.json'
    for config in (args.config, args.pose_config):
        if not Path(config).is_file():
            raise FileNotFoundError(f'There is no config file {config!r}.')
    parts = part_extractor(args.config, args.cfg_options)
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

    if not truth.exists():
        run('Make the pitch', 'dataset_tools/make_synthetic.py', data,
            '--preset', args.preset)
    if parts is not None:
        checkpoint = train_pose(args.pose_config, data, work / 'pose',
                                args.pose_cfg_options)
        options.append(f'model.part_extractor.checkpoint={checkpoint}')
    run('Train', 'train.py', args.config, '--work-dir', work, '--cfg-options',
        *options)
    checkpoint = max(
        work.glob('best_*.pth'), key=lambda path: path.stat().st_mtime)
    run('Test', 'test.py', args.config, checkpoint, '--work-dir', work,
        '--cfg-options', *options,
        f'test_evaluator.ranking_file={by_model.resolve()}')
    run('Rank by colour', 'analysis_tools/rank_by_colour.py', by_colour,
        '--data-root', data)
    run('Draw rankings', 'visualization/show_rankings.py', by_model,
        '--data-root', data, '--split', 'test', '--out', pictures)

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
    print(f'\nRanked players: {pictures}/')
    print(f'The whole demo took {time.perf_counter() - start:.0f} s.')


if __name__ == '__main__':
    main()
