"""Match saved embeddings with what was tuned on valid:
``python tools/analysis_tools/apply_matching.py test.npz matching.json
--data-root data/soccernet/reid``.
"""

import argparse
from pathlib import Path

from snreid_mm.evaluation.embedding_file import join_records, read_embeddings
from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.evaluation.metrics.matching_files import (log_elsewhere_of,
                                                         read_matching)
from snreid_mm.soccernet import load_index, write_ranking_file
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
    saved = read_embeddings(args.embeddings)
    matchings, classifier = read_matching(args.matching)
    saved = join_records(saved, load_index(args.data_root, saved.split))
    query, gallery, *embeddings = saved[1:]
    unlabelled = query.without_labels(), gallery.without_labels()
    rankings = dict(plain=rank_within_actions(*embeddings, *unlabelled))
    log_elsewhere = classifier and log_elsewhere_of(classifier, *unlabelled)
    for each in matchings:
        rankings[each.name] = each.rank(rankings['plain'], *unlabelled,
                                        embeddings, log_elsewhere)
    if args.rankings:
        for name, ranking in rankings.items():
            write_ranking_file(
                Path(args.rankings, f'{name}.json'),
                ranking.to_dict(query, gallery))
        print(f'{len(rankings)} rankings written to {args.rankings}')
    if query.person_uid is None:
        print('no labels, no scores')
        return
    scores = {
        name: score_rankings(ranking, query, gallery).summary()
        for name, ranking in rankings.items()
    }
    print(
        format_table((f'on {saved.split}', *scores['plain']),
                     [(name, *values.values())
                      for name, values in scores.items()]))


if __name__ == '__main__':
    main()
