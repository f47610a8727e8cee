"""Time matching at test time at the size of the real validation set, and
k-reciprocal re-ranking beside the usual way, one matrix over everything:
``python benchmarks/matching.py``.

The reference is written from the paper (https://arxiv.org/abs/1701.08398)
with whole matrices over all crops at once, as re-ID libraries run it; it does
not know of actions. It holds several (N, N) matrices, so it runs on a share of
the actions.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from evaluation import make_split

from snreid_mm.evaluation.embedding_file import (SavedEmbeddings,
                                                 read_embeddings,
                                                 write_embeddings)
from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.evaluation.functional.matching import (FRAME_CUES, METHODS,
                                                      Matching,
                                                      OwnFrameClassifier)
from snreid_mm.evaluation.metrics.matching_files import log_elsewhere_of
from snreid_mm.utils.cli import format_table, user_errors

K1, K2, WEIGHT = 8, 3, .5


def parse_args():
    parser = argparse.ArgumentParser(
        description='Time every way to match the crops of an action, and '
        'k-reciprocal re-ranking over the whole split beside it.')
    parser.add_argument(
        '--scale',
        type=float,
        default=1.,
        help='share of the actions for ours (default: 1)')
    parser.add_argument(
        '--reference-scale',
        type=float,
        default=.06,
        help='share of the actions for the whole matrix (default: 0.06)')
    parser.add_argument(
        '--length',
        type=int,
        default=512,
        help='numbers in an embedding (default: 512)')
    return parser.parse_args()


def whole_matrix(query_embeddings, gallery_embeddings):
    """Re-rank by k-reciprocal neighbours among all crops of the split.

    Returns:
        np.ndarray: Distances, shape (Q, G).
    """
    crops = np.concatenate([query_embeddings, gallery_embeddings])
    n, q = len(crops), len(query_embeddings)
    squared = (crops**2).sum(1)
    squared = squared[:, None] + squared - 2 * crops @ crops.T
    squared /= squared.max(1, keepdims=True)
    order = squared.argsort(1)
    encoding = np.zeros((n, n), np.float32)

    def mutual(i, k):
        near = order[i, :k + 1]
        return near[(order[near, :k + 1] == i).any(1)]

    for i in range(n):
        own = mutual(i, K1)
        found = own
        for j in own:
            half = mutual(j, round(K1 / 2))
            if len(np.intersect1d(half, own)) > 2 / 3 * len(half):
                found = np.append(found, half)
        found = np.unique(found)
        weights = np.exp(-squared[i, found])
        encoding[i, found] = weights / weights.sum()
    encoding = np.stack([encoding[order[i, :K2]].mean(0) for i in range(n)])
    common = np.empty((q, n - q), np.float32)
    for i in range(q):
        used = np.flatnonzero(encoding[i])
        common[i] = np.minimum(encoding[q:, used],
                               encoding[i, used]).sum(1)
    return 1 - common / (2 - common) + WEIGHT * squared[:q, q:]


def timed(function, *args):
    """The result and the CPU seconds, which a busy machine hardly changes."""
    start = time.process_time()
    result = function(*args)
    return result, time.process_time() - start


def peak_mb():
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def time_ours(data):
    """Time every method, and print a table."""
    *embeddings, query, gallery = data
    unlabelled = query.without_labels(), gallery.without_labels()
    plain, seconds = timed(rank_within_actions, *embeddings, *unlabelled)
    scores = score_rankings(plain, query, gallery).summary((1, ))
    rows = [('plain ranking', f'{seconds:.2f}', scores['mAP'])]
    temperature = float(np.mean(plain.distances**2) / 10)
    for method in METHODS:
        settings = dict(
            temperature=temperature) if method != 'k_reciprocal' else {}
        ranked, seconds = timed(
            Matching(method, settings).rank, plain, *unlabelled, embeddings)
        scores = score_rankings(ranked, query, gallery).summary((1, ))
        rows.append((method, f'{seconds:.2f}', scores['mAP']))
    print(format_table(('within the action', 'CPU seconds', 'mAP'), rows))


def time_own_frame(data):
    """Time the own frame on cues that a test has saved; random ones, of
    which nothing can be told."""
    rng, cues = np.random.default_rng(0), len(FRAME_CUES)
    *embeddings, query, gallery = data
    classifier = OwnFrameClassifier(
        np.ones(cues), rng.standard_normal((16, cues)),
        rng.standard_normal((64, cues)), np.zeros(64),
        rng.standard_normal((16, 64)), .1, 0.)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'valid.npz')
        write_embeddings(
            path,
            SavedEmbeddings('valid', query.without_labels(),
                            gallery.without_labels(), *embeddings,
                            rng.standard_normal((len(query), cues)),
                            rng.standard_normal((len(gallery), cues))))
        _, seconds = timed(
            lambda: log_elsewhere_of(classifier, read_embeddings(path)))
        print(f'own frame, from a file of {path.stat().st_size / 1e6:.0f} MB '
              f'with the cues: {seconds:.2f} CPU seconds')


@user_errors
def main():
    args = parse_args()
    if not (0 < args.scale <= 1 and 0 < args.reference_scale <= 1
            and args.length >= 16):
        raise ValueError('--scale and --reference-scale must be in (0, 1] '
                         'and --length at least 16.')
    data = make_split(np.random.default_rng(0), args.scale, args.length)
    print(f'{len(data[2])} queries, {len(data[3])} gallery crops, '
          f'{len(np.unique(data[2].action_idx))} actions', flush=True)
    before = peak_mb()
    time_ours(data)
    print(f'{peak_mb() - before:.0f} MB beyond the embeddings\n', flush=True)

    small = make_split(
        np.random.default_rng(0), args.reference_scale, args.length)
    *embeddings, query, gallery = small
    plain = rank_within_actions(*embeddings, query, gallery)
    matching = Matching(
        'k_reciprocal', dict(k1=K1, k2=K2, distance_weight=WEIGHT))
    _, fast = timed(matching.rank, plain, query, gallery, embeddings)
    before = peak_mb()
    _, slow = timed(whole_matrix, *embeddings)
    print(f'k-reciprocal on {len(query)} queries, {len(gallery)} gallery '
          f'crops: within the actions {fast:.2f} CPU seconds, over the whole '
          f'split {slow:.2f} ({slow / fast:.0f} times) and '
          f'{peak_mb() - before:.0f} MB more')
    time_own_frame(data)  # its file is in memory twice while it is written


if __name__ == '__main__':
    main()
