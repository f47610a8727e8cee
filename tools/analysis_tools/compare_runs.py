"""Compare ranking files of one split: ``python
tools/analysis_tools/compare_runs.py BEFORE.json AFTER.json --ground-truth
.../bbox_info.json``.
"""

import argparse
import json
from pathlib import Path

from snreid_mm.evaluation.functional import (changed_most, compare,
                                             query_groups)
from snreid_mm.results.sides import load
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.figures import save_figure
from snreid_mm.utils.files import write_atomically
from snreid_mm.visualization import draw_differences


def parse_args():
    parser = argparse.ArgumentParser(
        description='Compare the rankings of two or more models on one '
        'split: the differences of mAP and rank-1 to the first, with '
        'bootstrap intervals over the actions and the runs, where each wins, '
        'and the queries that changed most.')
    parser.add_argument(
        'runs',
        nargs='+',
        metavar='[NAME=]RANKING[,RANKING...]',
        help='the models, the first is compared with: the ranking file, .json '
        'or .zip, or several of one model (its seeds), joined by commas, '
        'whose scores are averaged query by query, and whose spread is in the '
        'intervals')
    parser.add_argument(
        '--ground-truth',
        required=True,
        metavar='bbox_info.json',
        help='of the valid or test split')
    parser.add_argument(
        '--paired',
        action='store_true',
        help='the rankings of each model are of the same trainings, in the '
        'same order, such as networks that are ranked in two ways: they are '
        'resampled together')
    parser.add_argument(
        '--resamples',
        type=int,
        default=10000,
        help='how often the actions, and the runs of a model that has '
        'several, are resampled (default: 10000)')
    parser.add_argument(
        '--confidence',
        type=float,
        default=0.95,
        help='of the intervals (default: 0.95)')
    parser.add_argument(
        '--seed', type=int, default=0, help='the random seed (default: 0)')
    parser.add_argument(
        '--changed',
        type=int,
        default=10,
        metavar='N',
        help='list the N queries that changed most (default: 10)')
    parser.add_argument(
        '--out', metavar='JSON', help='write everything to this file')
    parser.add_argument(
        '--chart', metavar='PNG', help='draw the differences; default: beside '
        '--out, if that is given')
    args = parser.parse_args()
    if args.out and args.chart is None:
        args.chart = str(Path(args.out).with_suffix('.png'))
    return args


def split_run(argument):
    """Split ``[NAME=]RANKING[,RANKING...]`` into name and paths."""
    name, sign, files = argument.partition('=')
    if not sign or Path(argument).is_file():
        name, files = '', argument
    paths = [files] if Path(files).is_file() else files.split(',')
    return name or ', '.join(_short(path) for path in paths), paths


def _short(path):
    path = Path(path)
    return f'{path.parent.name}/{path.name}' if path.parent.name else path.name


def check_arguments(args):
    """Refuse arguments that do not fit; give the files of each model."""
    if len(args.runs) < 2:
        raise ValueError('There is one run: give two or more to compare.')
    if args.changed < 0:
        raise ValueError(
            f'--changed must be at least 0, but is {args.changed}.')
    for name, suffix in (('out', '.json'), ('chart', '.png')):
        value = getattr(args, name)
        if value and Path(value).suffix != suffix:
            raise ValueError(f'--{name} {value} must end in {suffix}.')
    sides = {}
    for argument in args.runs:
        name, paths = split_run(argument)
        if name in sides:
            # A run may be compared with itself; its name must differ.
            name = f'{name} ({sum(n.startswith(name) for n in sides) + 1})'
        sides[name] = paths
    return sides


def show_scores(sides, comparisons):
    """Print the scores of each run and the differences to the first."""
    print(
        format_table(['per cent', *sides[0].scores()],
                     [[side.name, *side.scores().values()]
                      for side in sides]))
    print()
    print(
        format_table(
            ['difference', 'metric', 'points', 'from', 'to', 'covers zero'],
            [[name, metric, *_interval(comparison[metric])]
             for name, comparison in comparisons.items()
             for metric in ('mAP', 'rank-1')]))


def _interval(value):
    ends = ['–' if value[end] is None else value[end]
            for end in ('low', 'high')]
    return [
        value['difference'], *ends, 'yes' if value['covers_zero'] else 'no'
    ]


def show_groups(baseline, name, comparison):
    """Print where one run wins against the first."""
    for kind, groups in comparison['groups'].items():
        print(f'\n{name} against {baseline}, mAP by {kind}')
        print(
            format_table([
                kind, 'actions', 'queries', 'better', 'worse', 'before',
                'after', 'points', 'from', 'to', 'covers zero'
            ], [[
                group, part['actions'], part['queries'], part['better'],
                part['worse'], part['mAP']['before'], part['mAP']['after'],
                *_interval(part['mAP'])
            ] for group, part in groups.items()]))


def show_changed(baseline, name, rows):
    """Print the queries that changed most."""
    if not rows:
        return
    print(f'\n{name} against {baseline}, average precision of the queries '
          'that changed most')
    print(format_table(list(rows[0]), [list(row.values()) for row in rows]))


@user_errors
def main():
    args = parse_args()
    files = check_arguments(args)
    query, gallery, sides = load(args.ground_truth, files)
    groups = query_groups(query, gallery)
    first, *others = sides
    settings = dict(
        resamples=args.resamples, confidence=args.confidence, seed=args.seed)
    comparisons, changed = {}, {}
    for side in others:
        comparisons[side.name] = compare(
            first, side, query, groups, args.paired, **settings)
        changed[side.name] = changed_most(first, side, query, gallery,
                                          args.changed)
    actions = next(iter(comparisons.values()))['actions']
    several = any(len(paths) > 1 for paths in files.values())
    print(f'{len(query)} queries, {actions} actions; '
          f'{100 * args.confidence:g} % intervals from {args.resamples} '
          'resamples of the actions'
          f'{" and the runs" if several else ""}\n')
    show_scores(sides, comparisons)
    for name, comparison in comparisons.items():
        show_groups(first.name, name, comparison)
        show_changed(first.name, name, changed[name])
    if args.out:
        write_atomically(
            args.out,
            json.dumps(
                dict(
                    ground_truth=str(args.ground_truth),
                    baseline=first.name,
                    files=files,
                    bootstrap=dict(settings, paired=args.paired),
                    scores={side.name: side.scores()
                            for side in sides},
                    comparisons={
                        name: {
                            **comparison, 'changed_most': changed[name]
                        }
                        for name, comparison in comparisons.items()
                    }),
                indent=2))
        print(f'\nWritten: {args.out}')
    if args.chart:
        save_figure(
            draw_differences(comparisons, first.name, args.confidence),
            args.chart)
        print(f'Drawn: {args.chart}')


if __name__ == '__main__':
    main()
