import numpy as np
import pytest

from snreid_mm.evaluation.functional import principal_axes


def test_points_of_a_plane_keep_their_distances():
    rng = np.random.default_rng(0)
    plane = rng.standard_normal((20, 2)) * (5, 1)
    basis = np.linalg.qr(rng.standard_normal((8, 8)))[0][:2]
    found, shares = principal_axes(plane @ basis + 3)

    def distances(points):
        return np.linalg.norm(points[:, None] - points, axis=2)

    np.testing.assert_allclose(distances(found), distances(plane), atol=1e-9)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-9)
    assert shares.sum() == pytest.approx(1) and shares[0] > .8
    np.testing.assert_allclose(
        shares, found.var(0) / plane.var(0).sum(), atol=1e-9)


def test_the_sign_is_fixed():
    points = np.array([[0., 0], [0, 1], [4, 0]])
    found, _ = principal_axes(points)
    mirrored, _ = principal_axes(points * (-1, 1))
    for each in (found, mirrored):
        largest = abs(each).argmax(0)
        assert (each[largest, [0, 1]] > 0).all()


@pytest.mark.parametrize('points', [np.ones((1, 5)), np.ones((4, 5))])
def test_one_point_is_the_middle(points):
    found, shares = principal_axes(points)
    assert found.shape == (len(points), 2)
    assert not found.any() and not shares.any()
