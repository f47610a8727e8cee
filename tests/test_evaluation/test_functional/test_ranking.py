import ast
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from snreid_mm.evaluation import functional
from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.structures import Crops


def _embed(rng, query, gallery, length=16):
    return (rng.standard_normal((len(query), length)).astype(np.float32),
            rng.standard_normal((len(gallery), length)).astype(np.float32))


def test_the_order_is_that_of_the_distances(make_split):
    rng = np.random.default_rng(0)
    query, gallery = make_split(rng, actions=12)
    queries, crops = _embed(rng, query, gallery)
    rankings = rank_within_actions(queries, crops, query, gallery)
    assert len(rankings) == len(query)
    for i in range(len(query)):
        own = np.flatnonzero(gallery.action_idx == query.action_idx[i])
        distance = np.linalg.norm(
            queries[i].astype(np.float64) - crops[own], axis=1)
        np.testing.assert_array_equal(rankings[i],
                                      own[distance.argsort()])
        begin, end = rankings.offsets[i:i + 2]
        np.testing.assert_allclose(
            rankings.distances[begin:end], np.sort(distance), rtol=1e-6)
    assert rankings.gallery_sizes.sum() == len(rankings.gallery)
    np.testing.assert_array_equal(rankings[-1], rankings[len(query) - 1])
    with pytest.raises(IndexError):
        rankings[len(query)]


def test_the_dict_is_sorted_and_holds_python_integers(make_split):
    rng = np.random.default_rng(1)
    query, gallery = make_split(rng)
    ranking = rank_within_actions(*_embed(rng, query, gallery), query,
                                  gallery).to_dict(query, gallery)
    assert list(ranking) == sorted(query.bbox_idx.tolist())
    assert all(type(crop) is int for row in ranking.values() for crop in row)


@pytest.mark.parametrize('length', [1, 2, 3, 17, 100, 513, 9001])
def test_a_distance_does_not_depend_on_the_rest_of_the_batch(length):
    # Copies of few vectors: exact ties everywhere, which a matrix product
    # would round apart.
    rng = np.random.default_rng(length)
    vectors = rng.standard_normal((4, length)).astype(np.float32)
    query = Crops(np.arange(9), np.zeros(9, int))
    gallery = Crops(np.arange(33), np.zeros(33, int))
    queries = vectors[rng.integers(0, 4, 9)]
    crops = vectors[rng.integers(0, 4, 33)]
    rankings = rank_within_actions(queries, crops, query, gallery)
    for i in range(9):
        alone = rank_within_actions(queries[i:i + 1], crops,
                                    Crops([i], [0]), gallery)
        np.testing.assert_array_equal(alone[0], rankings[i])
        assert len(np.unique(alone.distances)) <= 4
        np.testing.assert_array_equal(
            alone.distances, rankings.distances[33 * i:33 * (i + 1)])


@pytest.mark.parametrize('kind', ['random', 'ties', 'constant'])
def test_the_input_order_changes_nothing(make_split, kind):
    rng = np.random.default_rng(3)
    query, gallery = make_split(rng, actions=8)
    queries, crops = _embed(rng, query, gallery)
    if kind == 'ties':
        queries, crops = queries.round(), np.sign(crops)[:, :2]
        queries = queries[:, :2]
    elif kind == 'constant':
        queries[:], crops[:] = queries[0], queries[0]
    ranking = rank_within_actions(queries, crops, query,
                                  gallery).to_dict(query, gallery)
    for _ in range(3):
        a, b = rng.permutation(len(query)), rng.permutation(len(gallery))
        moved_query = Crops(query.bbox_idx[a], query.action_idx[a])
        moved_gallery = Crops(gallery.bbox_idx[b], gallery.action_idx[b])
        moved = rank_within_actions(queries[a], crops[b], moved_query,
                                    moved_gallery)
        assert moved.to_dict(moved_query, moved_gallery) == ranking


def test_queries_do_not_share_one_order_of_ties():
    query = Crops(np.arange(200), np.zeros(200, int))
    gallery = Crops(np.arange(10), np.zeros(10, int))
    rankings = rank_within_actions(
        np.ones((200, 4)), np.ones((10, 4)), query, gallery)
    first = np.bincount([row[0] for row in rankings], minlength=10)
    # 20 expected each, with a standard deviation of 4.
    assert first.min() >= 6 and first.max() <= 36


def test_large_groups_are_ranked_in_blocks(monkeypatch):
    rng = np.random.default_rng(4)
    query = Crops(np.arange(50), np.zeros(50, int))
    gallery = Crops(np.arange(40), np.zeros(40, int))
    queries, crops = _embed(rng, query, gallery)
    whole = rank_within_actions(queries, crops, query, gallery)
    from snreid_mm.evaluation.functional import ranking
    monkeypatch.setattr(ranking, '_BLOCK', 40 * 16 * 7)
    blocks = rank_within_actions(queries, crops, query, gallery)
    np.testing.assert_array_equal(whole.gallery, blocks.gallery)
    np.testing.assert_array_equal(whole.distances, blocks.distances)


@pytest.mark.parametrize('dtype', [np.float16, np.float64, np.int32])
def test_other_number_types_rank_alike(make_split, dtype):
    rng = np.random.default_rng(5)
    query, gallery = make_split(rng)
    queries, crops = (np.round(8 * array)
                      for array in _embed(rng, query, gallery))
    expected = rank_within_actions(queries, crops, query, gallery)
    found = rank_within_actions(
        queries.astype(dtype), crops.astype(dtype), query, gallery)
    np.testing.assert_array_equal(found.gallery, expected.gallery)


@pytest.mark.parametrize('factor', [2.**-100, 2.**80, 2.**500])
def test_extreme_scales_rank_alike(make_split, factor):
    rng = np.random.default_rng(6)
    query, gallery = make_split(rng)
    queries, crops = _embed(rng, query, gallery)
    expected = rank_within_actions(queries, crops, query, gallery)
    dtype = np.float64 if factor > 2.**127 else np.float32
    found = rank_within_actions(
        queries.astype(dtype) * factor,
        crops.astype(dtype) * factor, query, gallery)
    np.testing.assert_array_equal(found.gallery, expected.gallery)
    if dtype == np.float32:
        np.testing.assert_allclose(found.distances / np.float32(factor),
                                   expected.distances)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
def test_a_number_that_is_none_names_its_image(make_split, value):
    rng = np.random.default_rng(7)
    query, gallery = make_split(rng)
    queries, crops = _embed(rng, query, gallery)
    crops[[2, 5], 3] = value
    with pytest.raises(
            ValueError,
            match='NaN or Inf in 2 of .*gallery crop-2.png.*'
            'gallery crop-5.png'):
        rank_within_actions(queries, crops, query, gallery)
    queries[:, 0] = value
    with pytest.raises(ValueError, match='query-0.png.* and '
                       f'{len(query) - 5} more'):
        rank_within_actions(queries, crops, query, gallery)


def test_an_action_without_gallery_is_named():
    query = Crops([4, 5], [1, 2], names=['a.png', 'b.png'], kind='query')
    gallery = Crops([0], [1])
    with pytest.raises(ValueError, match='query 5 of action 2 .b.png.*no '
                       'crop of its action'):
        rank_within_actions(
            np.zeros((2, 3)), np.zeros((1, 3)), query, gallery)


@pytest.mark.parametrize('queries, crops, message', [
    (np.zeros((1, 3)), np.zeros((2, 4)), '3 numbers.* 4'),
    (np.zeros((2, 3)), np.zeros((2, 3)), r'shape \(1, D\)'),
    (np.zeros(3), np.zeros((2, 3)), r'shape \(1, D\)'),
    (np.zeros((1, 0)), np.zeros((2, 0)), r'have \(1, 0\)'),
])
def test_wrong_embeddings_are_refused(queries, crops, message):
    with pytest.raises(ValueError, match=message):
        rank_within_actions(queries, crops, Crops([0], [0]),
                            Crops([0, 1], [0, 0]))


def test_labels_are_never_read(make_split):
    rng = np.random.default_rng(8)
    query, gallery = make_split(rng)
    embeddings = _embed(rng, query, gallery)
    with_labels = rank_within_actions(*embeddings, query, gallery)
    without = rank_within_actions(*embeddings, query.without_labels(),
                                  gallery.without_labels())
    np.testing.assert_array_equal(with_labels.gallery, without.gallery)


def test_memory_stays_far_below_the_whole_matrix():
    rng = np.random.default_rng(9)
    actions = np.repeat(np.arange(400), 10)
    crops = Crops(np.arange(4000), actions)
    embeddings = rng.standard_normal((4000, 64)).astype(np.float32)
    tracemalloc.start()
    rankings = rank_within_actions(embeddings, embeddings, crops, crops)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4000 * 4000 * 4 / 10
    # Every crop is its own nearest neighbour.
    np.testing.assert_array_equal(rankings.gallery[::10], np.arange(4000))
    scores = score_rankings(
        rankings,
        Crops(np.arange(4000), actions, np.arange(4000)),
        Crops(np.arange(4000), actions, np.arange(4000)))
    assert scores.summary()['mAP'] == 100


def test_no_module_of_the_room_imports_torch():
    for path in Path(functional.__file__).parent.glob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in getattr(node, 'names', [])]
            if isinstance(node, ast.ImportFrom):
                names = [node.module or '']
            elif not isinstance(node, ast.Import):
                continue
            for name in names:
                assert name.split('.')[0] not in ('torch', 'mmengine',
                                                  'mmpretrain'), path
