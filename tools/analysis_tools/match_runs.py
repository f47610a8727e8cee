"""Match all runs of a table of results, each tuned on its own valid:
``python tools/analysis_tools/match_runs.py WORK_DIR --data-root
data/soccernet/reid --own-frame own_frame.json``.
"""

import argparse
from pathlib import Path

from tqdm import tqdm

from snreid_mm.evaluation.functional.matching import METHODS
from snreid_mm.evaluation.metrics.matching_files import read_own_frame
from snreid_mm.results.matched_runs import find_runs, match_run, tabulate
from snreid_mm.utils.cli import user_errors
from snreid_mm.utils.files import write_atomically


def parse_args():
    parser = argparse.ArgumentParser(
        description='For every finished run of results_table.py '
        '--embeddings, tune how the crops of an action are matched on valid, '
        'and apply it to test; print the table and write it to matched.md in '
        'WORK_DIR. What is done is not done again.')
    parser.add_argument(
        'work_dir', metavar='WORK_DIR', help='that of results_table.py')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--own-frame',
        metavar='JSON',
        help='what fit_own_frame.py wrote: every way is tried with it too')
    parser.add_argument(
        '--methods',
        nargs='+',
        choices=list(METHODS),
        default=list(METHODS),
        help='the ways to match (default: all)')
    return parser.parse_args()


@user_errors
def main():
    args = parse_args()
    runs = find_runs(Path(args.work_dir))
    if args.own_frame:
        read_own_frame(args.own_frame)  # says what is wrong with it
    scores = [
        match_run(run, args.data_root, args.own_frame, args.methods)
        for run in tqdm(runs, desc='runs')
    ]
    table = tabulate(runs, scores)
    path = Path(args.work_dir) / 'matched.md'
    write_atomically(path, table)
    print(f'{table}\nwritten to {path}')


if __name__ == '__main__':
    main()
