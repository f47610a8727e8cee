"""Time the evaluation beside the usual way, one matrix over everything:
``python benchmarks/evaluation.py``.

The reference is written from how re-ID libraries such as torchreid rank: all
distances between all queries and the whole gallery in one matrix, every row
sorted, and only then the gallery of other actions thrown away. It needs about
9 GB and two minutes at full size; ``--scale 0.25`` makes it 16 times less.
"""

import argparse
import time
import tracemalloc

import numpy as np

from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.structures import Crops
from snreid_mm.utils.cli import format_table, user_errors

# SoccerNet-v3 ReID, valid: queries, gallery crops and actions.
QUERIES, GALLERY, ACTIONS = 11638, 34355, 1751
LARGEST = 81  # gallery crops of one action


def parse_args():
    parser = argparse.ArgumentParser(
        description='Time ranking and scoring at the size of the real '
        'validation set, ours and the whole matrix.')
    parser.add_argument(
        '--scale',
        type=float,
        default=1.,
        help='share of the actions to use (default: 1)')
    parser.add_argument(
        '--length',
        type=int,
        default=512,
        help='numbers in an embedding (default: 512)')
    parser.add_argument(
        '--repeat',
        type=int,
        default=5,
        help='runs of ours, of which the median counts; the reference runs '
        'once (default: 5)')
    return parser.parse_args()


def make_split(rng, scale, length):
    """Generate a split of the real size: its crops and their embeddings."""
    actions = max(1, round(ACTIONS * scale))
    queries, gallery = round(QUERIES * scale), round(GALLERY * scale)
    # Busy actions have more of both.
    busy = rng.gamma(7, size=actions)
    busy /= busy.sum()
    n_queries = 1 + rng.multinomial(queries - actions, busy)
    others = rng.multinomial(gallery - queries, busy)
    n_gallery = np.minimum(n_queries + others, LARGEST)
    query_action = np.repeat(np.arange(actions), n_queries)
    gallery_action = np.repeat(np.arange(actions), n_gallery)
    query_uid = np.arange(len(query_action))
    # The queries' people come first in each action; of the rest, a part
    # shows them once more.
    first = np.cumsum(n_queries) - n_queries
    place = np.arange(len(gallery_action)) - np.repeat(
        np.cumsum(n_gallery) - n_gallery, n_gallery)
    gallery_uid = first[gallery_action] + place
    extra = place >= n_queries[gallery_action]
    again = extra & (rng.random(len(gallery_uid)) < .3)
    gallery_uid[again] = (first + rng.integers(n_queries)
                          )[gallery_action[again]]
    gallery_uid[extra & ~again] += len(query_uid)

    def embed(uid):
        embeddings = rng.standard_normal((len(uid), length), np.float32)
        # People differ by less than two pictures of one.
        centres = np.random.default_rng(0).standard_normal(
            (uid.max() + 1, 16), np.float32)
        embeddings[:, :16] += 2 * centres[uid]
        return embeddings

    def crops(action, uid, kind):
        order = rng.permutation(len(uid))
        return Crops(
            np.arange(len(uid)), action[order], uid[order], kind=kind)

    query = crops(query_action, query_uid, 'query')
    gallery = crops(gallery_action, gallery_uid, 'gallery crop')
    return (embed(query.person_uid), embed(gallery.person_uid), query,
            gallery)


def ours(query_embeddings, gallery_embeddings, query, gallery):
    """Rank and score with this package."""
    rankings = rank_within_actions(query_embeddings, gallery_embeddings,
                                   query, gallery)
    return score_rankings(rankings, query, gallery).summary((1, ))


def whole_matrix(query_embeddings, gallery_embeddings, query, gallery):
    """Sort the whole matrix, then keep each query's own action."""
    squared = (query_embeddings**2).sum(1)[:, None] + (
        gallery_embeddings**2).sum(1)
    squared -= 2 * (query_embeddings @ gallery_embeddings.T)
    order = np.argsort(squared, axis=1)
    matches = (gallery.person_uid[order] == query.person_uid[:, None]).astype(
        np.int32)
    precisions, hits = [], []
    for i in range(len(query)):
        own = gallery.action_idx[order[i]] == query.action_idx[i]
        match = matches[i][own]
        found = match.cumsum()
        precision = found / np.arange(1, len(match) + 1)
        precisions.append((precision * match).sum() / match.sum())
        hits.append(match[0])
    return {'mAP': 100 * np.mean(precisions), 'rank-1': 100 * np.mean(hits)}


def measure(function, data, repeat):
    """Time a function, then once more watch its memory.

    Returns:
        tuple: The scores, the median time in seconds, and the most memory
        held beyond the embeddings, in MB.
    """
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        scores = function(*data)
        times.append(time.perf_counter() - start)
    # In a run of its own: it slows small allocations down.
    tracemalloc.start()
    function(*data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return scores, float(np.median(times)), peak / 1e6


@user_errors
def main():
    args = parse_args()
    if not 0 < args.scale <= 1 or args.length < 16 or args.repeat < 1:
        raise ValueError('--scale must be in (0, 1], --length at least 16 '
                         'and --repeat at least 1.')
    data = make_split(np.random.default_rng(0), args.scale, args.length)
    query, gallery = data[2:]
    sizes = np.bincount(gallery.action_idx)[query.action_idx]
    print(f'{len(query)} queries, {len(gallery)} gallery crops, '
          f'{len(np.unique(query.action_idx))} actions, {args.length} '
          f'numbers; gallery of a query: mean {sizes.mean():.1f}, '
          f'{sizes.min()} to {sizes.max()}', flush=True)
    ours(*data)  # warm up
    rows = []
    for name, function, repeat in (('within the action', ours, args.repeat),
                                   ('whole matrix', whole_matrix, 1)):
        scores, seconds, memory = measure(function, data, repeat)
        rows.append((name, f'{seconds:.3f}', round(memory),
                     f'{scores["mAP"]:.4f}', f'{scores["rank-1"]:.4f}'))
        if function is ours:
            expected, fast, small = scores, seconds, memory
    print(
        format_table(('ranking', 'seconds', 'extra MB', 'mAP', 'rank-1'),
                     rows))
    print(f'{seconds / fast:.0f} times faster, {memory / small:.0f} times '
          'less memory')
    # A matrix product rounds nearly equal distances apart now and then.
    for name, value in expected.items():
        if abs(value - scores[name]) > .01:
            raise ValueError(f'The two ways differ in {name}: {value} and '
                             f'{scores[name]}.')


if __name__ == '__main__':
    main()
