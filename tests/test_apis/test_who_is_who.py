from itertools import product

import numpy as np
import pytest

from snreid_mm.apis.who_is_who import (compare_embeddings, match_embeddings,
                                       rank_embeddings)
from snreid_mm.evaluation.functional import Calibration
from snreid_mm.evaluation.functional.matching import Matching
from snreid_mm.structures import Embeddings

# Near is probable, far is not.
CALIBRATION = Calibration((-8., 0., 0., 4.), (-4., 1.), (6., 0., 0., -6.), .5,
                          .01)


def line(*places):
    """Embeddings on a line, (N, 2)."""
    return Embeddings([[0, place] for place in places],
                      [f'at {place}' for place in places])


# Both queries are nearest to x.
CONTESTED = (Embeddings([[0, 0], [0, .5]], ['a', 'b']),
             Embeddings([[0, .4], [1, 0]], ['x', 'y']))


def by_position(ranked):
    """The probabilities of a ranking in the order of the gallery."""
    return np.take_along_axis(ranked.probabilities,
                              np.argsort(ranked.order, axis=1), 1)


def test_rankings_and_their_probabilities():
    queries, gallery = line(0, 4), line(5, 1, 3)
    ranked = rank_embeddings(queries, gallery, CALIBRATION)
    assert ranked.order.tolist()[0] == [1, 2, 0]
    np.testing.assert_allclose(ranked.distances[0], [1, 3, 5])
    assert (np.diff(ranked.probabilities, axis=1) <= 0).all()
    fewer = rank_embeddings(queries, gallery, CALIBRATION, share=.1)
    assert (fewer.no_match < ranked.no_match).all()
    np.testing.assert_array_equal(fewer.probabilities, ranked.probabilities)


def test_pairs_are_one_to_one():
    found = match_embeddings(*CONTESTED)
    assert found.partners.tolist() == [1, 0]
    np.testing.assert_allclose(found.distances, [1, .1], rtol=1e-5)
    assert found.probabilities is None
    short = match_embeddings(line(0, .9, 7), line(1, ))
    assert short.partners.tolist() == [-1, 0, -1]
    assert np.isnan(short.distances[0])
    assert short.columns()['replay'].tolist() == ['', 'at 1', '']


def test_a_pair_is_made_where_it_is_more_probable_than_none():
    action, replay = line(0, 9), line(.1, 4, 4.5)
    found = match_embeddings(action, replay, CALIBRATION)
    assert found.partners.tolist() == [0, -1]
    assert found.probabilities[0] > found.no_match[0]
    assert np.isnan(found.probabilities[1])
    # Where nearly everybody is expected to be there, the pair is made.
    sure = match_embeddings(action, replay, CALIBRATION, share=1e-6)
    assert sure.partners.tolist() == [0, 2]


@pytest.mark.parametrize('share', [.5, .1, 1e-3])
def test_the_pairs_are_the_most_probable_together(share):
    action, replay = line(0, 1.6), line(.1, 3, 9)
    found = match_embeddings(action, replay, CALIBRATION, share=share)
    ranked = rank_embeddings(action, replay, CALIBRATION, share=share)
    # The last column is having no match.
    table = np.column_stack([by_position(ranked), ranked.no_match])
    ways = {(a, b): table[0, a] * table[1, b]
            for a, b in product((-1, 0, 1, 2), repeat=2) if a < 0 or a != b}
    assert tuple(found.partners) == max(ways, key=ways.get)


def test_a_matching_decides_among_what_the_calibration_allows():
    action, replay = line(0, 9), line(.1, 4, 4.5)
    for matching in (Matching('distance', {}), Matching('assignment', {})):
        assert match_embeddings(action, replay, None,
                                matching).partners.tolist() == [0, 2]
        found = match_embeddings(action, replay, CALIBRATION, matching)
        assert found.partners.tolist() == [0, -1]


def test_a_matching_changes_the_order():
    assert rank_embeddings(*CONTESTED).order.tolist() == [[0, 1], [0, 1]]
    ranked = rank_embeddings(*CONTESTED, CALIBRATION,
                             Matching('assignment', {}))
    assert ranked.order.tolist() == [[1, 0], [0, 1]]
    np.testing.assert_allclose(ranked.distances[0], [1, .4], rtol=1e-5)
    # Probabilities belong to the pair, and are those of the plain ranking.
    plain = rank_embeddings(*CONTESTED, CALIBRATION)
    np.testing.assert_array_equal(by_position(ranked), by_position(plain))


@pytest.mark.parametrize('method', ['assignment', 'k_reciprocal', 'sinkhorn'])
def test_pairs_of_a_matching(method):
    found = match_embeddings(*CONTESTED, None, Matching(method, {}))
    assert found.partners.tolist() == [1, 0]


def test_comparing():
    assert compare_embeddings(line(0), line(3)).distance == pytest.approx(3)
    near, far = (compare_embeddings(line(0), line(place), CALIBRATION)
                 for place in (0, 3))
    assert near.probability > .7 > .1 > far.probability
    assert set(far.columns()) == {'distance', 'same_person'}
    with pytest.raises(ValueError, match='one crop and another, but got 2, '
                       'first at 0'):
        compare_embeddings(line(0, 1), line(3))
    with pytest.raises(ValueError, match='of at 0 has 2 numbers, that of z 3'):
        compare_embeddings(line(0), Embeddings([[1, 2, 3]], ['z']))
