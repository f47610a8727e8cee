import numpy as np
import pytest
import torch

from snreid_mm.evaluation.functional.matching import FRAME_CUES
from snreid_mm.results.camera_look import _CameraLook, fit_camera_look


def actions(rng, count):
    """Actions whose frames differ in two of the cues."""
    found = []
    for _ in range(count):
        frames = rng.integers(0, 3, 16)
        cues = rng.standard_normal((16, len(FRAME_CUES)))
        cues[:, :2] += 5 * rng.standard_normal((3, 2))[frames]
        found.append((cues, frames))
    return found


@pytest.fixture(scope='module')
def fitted():
    rng = np.random.default_rng(0)
    return actions(rng, 30), fit_camera_look(actions(rng, 30), steps=300)


def test_it_finds_the_own_frame_of_unseen_actions(fitted):
    unseen, classifier = fitted
    right = []
    for cues, frames in unseen:
        own = frames == frames[0]
        query, rest = np.flatnonzero(own)[:3], np.flatnonzero(own)[3:]
        rest = np.concatenate([rest, np.flatnonzero(~own)])
        odds = classifier.log_odds(cues[query], cues[rest])
        right.extend((odds > 0) == own[rest])
    assert np.mean(right) > .8


def test_the_same_actions_give_the_same_classifier():
    some = actions(np.random.default_rng(1), 3)
    state = torch.get_rng_state()
    one, two = (fit_camera_look(some, steps=5) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in vars(one).items():
        np.testing.assert_array_equal(getattr(two, name), value)


def test_it_computes_what_was_trained(monkeypatch):
    networks = []
    forward = _CameraLook.forward

    def remember(self, cues):
        networks.append(self)
        return forward(self, cues)

    monkeypatch.setattr(_CameraLook, 'forward', remember)
    (cues, frames), = some = actions(np.random.default_rng(2), 1)
    classifier = fit_camera_look(some, steps=3)
    scaled = torch.from_numpy((cues - cues.mean(0)) / classifier.scale)
    with torch.no_grad():
        pairs = forward(networks[0], scaled.float())
    np.testing.assert_allclose(
        classifier.log_odds(cues[:4], cues[4:]),
        pairs[4:, :4].mean(1),
        rtol=1e-4)


def test_frames_are_needed():
    cues = np.zeros((4, len(FRAME_CUES)))
    for none in ([], [(cues, np.zeros(4, int))]):
        with pytest.raises(ValueError, match='two or more frames'):
            fit_camera_look(none)
