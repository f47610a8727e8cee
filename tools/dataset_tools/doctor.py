"""Look at every crop of a data set, and list what is wrong with it."""

import argparse
import csv
import io
import os
from collections import Counter
from pathlib import Path

from snreid_mm.datasets.doctor import Finding, diagnose
from snreid_mm.soccernet import SPLITS
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.files import write_atomically

KINDS = {
    'index': 'index that contradicts itself',
    'missing': 'missing crops',
    'unreadable': 'unreadable crops',
    'size': 'crops of another size than their names say',
    'duplicate': 'crops that are in their split already',
    'leak': 'crops that are in another split too'
}
SHOWN = 3


def parse_args():
    parser = argparse.ArgumentParser(
        description='Read every crop of SoccerNet ReID, or of a data set in '
        'its layout, and list what is wrong: missing and unreadable files, '
        'sizes that contradict the names, equal pictures within a split and '
        'across splits, an index that contradicts itself. The exit code is 1 '
        'if anything is. A run that was stopped goes on where it was.')
    parser.add_argument(
        'root', help='the data_root of the configs, e.g. data/soccernet/reid')
    parser.add_argument(
        '--splits',
        nargs='+',
        choices=SPLITS,
        help='which splits; default those that are there')
    parser.add_argument(
        '--workers',
        type=int,
        default=os.cpu_count(),
        help='processes (default: one per CPU)')
    parser.add_argument(
        '--out',
        default='work_dirs/doctor',
        help='the folder for findings.csv and the notes of what was read '
        '(default: %(default)s)')
    return parser.parse_args()


def class_table(roles):
    """A row for each class, a column for each split."""
    names = sorted({name for each in roles.values() for name in each}, key=str)
    return format_table(
        ('class', *roles), [(name or 'not labelled',
                             *(counts[name] for counts in roles.values()))
                            for name in names])


@user_errors
def main():
    args = parse_args()
    splits = args.splits or [
        split for split in SPLITS if Path(args.root, split).is_dir()
    ]
    if not splits:
        raise FileNotFoundError(
            f'There is no split in {args.root}: name the folder that holds '
            f'{", ".join(SPLITS)}.')
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    findings, crops, roles = diagnose(args.root, splits, out / 'notes.jsonl',
                                      args.workers)
    table = io.StringIO(newline='')
    writer = csv.writer(table)
    writer.writerow(Finding._fields)
    writer.writerows(findings)
    write_atomically(out / 'findings.csv', table.getvalue())

    counts = Counter(each.kind for each in findings)
    print(class_table(roles))
    print()
    for kind, text in KINDS.items():
        print(f'{counts[kind]:>8,} {text}')
        for each in [f for f in findings if f.kind == kind][:SHOWN]:
            print(f'         {each.path!r}: {each.detail}')
    print(f'\n{sum(crops.values()):,} crops; all findings: '
          f'{out / "findings.csv"}')
    raise SystemExit(bool(findings))


if __name__ == '__main__':
    main()
