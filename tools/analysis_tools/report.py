"""Make a report of rankings to look at in a browser: ``python
tools/analysis_tools/report.py RANKING.json --data-root ROOT``.
"""

import argparse
from pathlib import Path

from snreid_mm.datasets.split_crops import read_split
from snreid_mm.report import analyse, write_report
from snreid_mm.soccernet import check_ranking, read_ranking_file
from snreid_mm.utils.cli import named_paths, user_errors


def parse_args():
    parser = argparse.ArgumentParser(
        description='Make a report of one or more ranking files of a split: '
        'scores with intervals, groups of queries, and every query with its '
        'ranking, to filter and to page through. It is a folder that opens '
        'in a browser without a server and without a network.')
    parser.add_argument(
        'rankings',
        nargs='+',
        metavar='[NAME=]RANKING',
        help='the ranking files, .json or .zip; the first is compared with')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--split',
        default='test',
        choices=['valid', 'test'],
        help='the split that was ranked (default: test)')
    parser.add_argument(
        '--out',
        help='the folder of the report; default: RANKING_report beside the '
        'first ranking file')
    parser.add_argument(
        '--title', help='its heading; default: the split and the data')
    parser.add_argument(
        '--attach',
        nargs='+',
        default=[],
        metavar='FILE',
        help='files to show in it: pictures, such as a reliability diagram, '
        'and texts, such as the config')
    parser.add_argument(
        '--explain',
        nargs=2,
        metavar=('CONFIG', 'CHECKPOINT'),
        help='the model of the first ranking: draw what each position and '
        'part adds to the likeness of some queries and the crops ranked first '
        'for them')
    parser.add_argument(
        '--explained',
        type=int,
        default=8,
        metavar='N',
        help='with --explain: of the worst, the nearest to the median and the '
        'best queries N each (default: %(default)s)')
    return parser.parse_args()


def read_explainer(config, checkpoint):
    """Build what draws why two crops are found alike."""
    # matplotlib and the networks take seconds, and most reports need neither.
    from snreid_mm.engine.pair_explanation import PairExplainer
    from snreid_mm.utils.config import load_config
    from snreid_mm.utils.figures import to_image
    explainer = PairExplainer(load_config(config), checkpoint)

    def draw(query, other):
        shares = explainer.split(query, other)
        return to_image(explainer.draw(query, other, shares))

    return draw


@user_errors
def main():
    args = parse_args()
    if args.explained < 1:
        raise ValueError(f'--explained must be at least 1, but is '
                         f'{args.explained}.')
    paths = named_paths(args.rankings, lambda path: path.stem)
    for path in args.attach:
        if not Path(path).is_file():
            raise FileNotFoundError(f'There is no file {path} to attach.')
    query, gallery = read_split(args.data_root, args.split)
    report = analyse(
        query, gallery, {
            name: check_ranking(
                read_ranking_file(path), query, gallery, path)
            for name, path in paths.items()
        })
    first = Path(next(iter(paths.values())))
    out = args.out or first.with_name(f'{first.stem}_report')
    title = args.title or f'{Path(args.data_root).name}, {args.split}'
    page = write_report(
        report,
        out,
        title,
        args.attach,
        explain=read_explainer(*args.explain) if args.explain else None,
        explained=args.explained)
    for model in report.models:
        print(f'{model.name}: mAP {model.mAP.value:.2f}, rank-1 '
              f'{model.ranks["rank-1"].value:.2f}')
    print(f'Report: {page}')


if __name__ == '__main__':
    main()
