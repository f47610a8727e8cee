"""Judge a ranking file by SoccerNet's own evaluator, and say where it fails:
``python tools/analysis_tools/evaluate_rankings.py RANKING.json
.../bbox_info.json``.
"""

import argparse
import csv
import io
import json
from pathlib import Path

import numpy as np

from snreid_mm.evaluation.functional import (breakdown, chance_scores,
                                             group_by_height, group_by_name,
                                             score_rankings)
from snreid_mm.soccernet import (check_agreement, check_ranking, judge,
                                 read_ground_truth, read_ranking_file)
from snreid_mm.utils.cli import format_table, user_errors
from snreid_mm.utils.files import write_atomically


def parse_args():
    parser = argparse.ArgumentParser(
        description="Score a ranking file with SoccerNet's own evaluator and "
        'with ours, and show which queries fail.')
    parser.add_argument(
        'ranking', help='the ranking file, .json or the .zip of one')
    parser.add_argument(
        'ground_truth', help='bbox_info.json of the valid or test split')
    parser.add_argument(
        '--worst',
        type=int,
        default=10,
        metavar='N',
        help='list the N queries of lowest average precision (default: 10)')
    parser.add_argument(
        '--out',
        metavar='DIR',
        help='also write summary.json and queries.csv, a line for each '
        'query, to this folder')
    return parser.parse_args()


def failing(scores, query):
    """Sort the queries by average precision, the worst first."""
    return np.lexsort((query.bbox_idx, scores.average_precision))


def query_row(i, scores, query):
    """Build the row of one query for the table and the CSV."""
    return dict(
        query=int(query.bbox_idx[i]),
        action=int(query.action_idx[i]),
        role='' if query.role is None else query.role[i],
        height='' if query.height is None else int(query.height[i]),
        AP=100 * float(scores.average_precision[i]),
        first_match=int(scores.first_match[i]),
        matches=int(scores.n_matches[i]),
        gallery=int(scores.gallery_sizes[i]))


def group_tables(scores, query):
    """Break the scores down by role and by size.

    Returns:
        dict[str, dict]: For each breakdown its groups, where the ground
        truth has what is needed.
    """
    tables = {}
    if query.role is not None:
        tables['role'] = breakdown(scores, group_by_name(query.role))
    if query.height is not None:
        tables['size'] = breakdown(scores, group_by_height(query.height))
    return tables


def show(official, ours, chance, groups, worst, topk=(1, 5, 10)):
    """Print the tables."""
    names = ['mAP', *(f'rank-{k}' for k in topk)]
    print(
        format_table(['per cent', *names], [
            ["SoccerNet's evaluator", *(official.get(n, '') for n in names)],
            ['this ranking', *(ours[n] for n in names)],
            ['chance', *(chance[n] for n in names)],
        ]))
    for kind, parts in groups.items():
        print()
        print(
            format_table([kind, 'queries', *names],
                         [[name, part['queries'], *(part[n] for n in names)]
                          for name, part in parts.items()]))
    if worst:
        print('\nThe worst queries:')
        print(
            format_table([key.replace('_', ' ') for key in worst[0]],
                         [list(row.values()) for row in worst]))


def write(out, summary, rows):
    """Write summary.json and queries.csv."""
    write_atomically(out / 'summary.json', json.dumps(summary, indent=2))
    text = io.StringIO(newline='')
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(out / 'queries.csv', text.getvalue())
    print(f'\nWritten: {out / "summary.json"} and {out / "queries.csv"}')


@user_errors
def main():
    args = parse_args()
    if args.worst < 0:
        raise ValueError(f'--worst must be at least 0, but is {args.worst}.')
    query, gallery = read_ground_truth(args.ground_truth)
    rankings = check_ranking(
        read_ranking_file(args.ranking), query, gallery, args.ranking)
    scores = score_rankings(rankings, query, gallery)
    ours = scores.summary()
    chance = chance_scores(scores.gallery_sizes, scores.n_matches)
    official = judge(args.ranking, args.ground_truth)
    check_agreement(official, ours)
    groups = group_tables(scores, query)
    order = failing(scores, query)
    print(f'{len(query)} queries, {len(gallery)} gallery crops, '
          f'{len(np.unique(query.action_idx))} actions\n')
    show(official, ours, chance, groups,
         [query_row(i, scores, query) for i in order[:args.worst]])
    if args.out:
        summary = dict(
            ranking=str(args.ranking),
            ground_truth=str(args.ground_truth),
            queries=len(query),
            gallery=len(gallery),
            scores=ours,
            chance=chance,
            soccernet=official,
            **groups)
        write(
            Path(args.out), summary,
            [query_row(i, scores, query) for i in range(len(query))])


if __name__ == '__main__':
    main()
