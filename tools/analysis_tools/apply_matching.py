"""Match saved embeddings with what was tuned on valid:
``python tools/analysis_tools/apply_matching.py test.npz matching.json
--data-root data/soccernet/reid``.
"""

import argparse
from pathlib import Path

from snreid_mm.results.matched import rank_saved
from snreid_mm.soccernet import write_ranking_file
from snreid_mm.utils.cli import format_table, user_errors


def parse_args():
    parser = argparse.ArgumentParser(
        description='Rank saved embeddings plainly and by every tuned '
        'matching; print the scores, write the rankings.')
    parser.add_argument(
        'embeddings', help='what embeddings_file of the metric wrote (.npz)')
    parser.add_argument('matching', help='what tune_matching.py wrote')
    parser.add_argument(
        '--data-root', required=True, help='the folder that holds the splits')
    parser.add_argument(
        '--rankings',
        metavar='DIR',
        help='write a ranking file for each to this folder')
    return parser.parse_args()


@user_errors
def main():
    args = parse_args()
    matched = rank_saved(args.embeddings, args.data_root, args.matching)
    if args.rankings:
        for name, ranking in matched.rankings.items():
            write_ranking_file(
                Path(args.rankings, f'{name}.json'),
                ranking.to_dict(matched.query, matched.gallery))
        print(f'{len(matched.rankings)} rankings written to {args.rankings}')
    scores = matched.scores()
    if not scores:
        print('no labels, no scores')
        return
    print(
        format_table((f'on {matched.split}', *scores['plain']),
                     [(name, *values.values())
                      for name, values in scores.items()]))


if __name__ == '__main__':
    main()
