import numpy as np
import pytest

from snreid_mm.pitch.motion import draw_motion, draw_noise, pose_at
from snreid_mm.pitch.pose import ANGLES, MOVES, draw_pose

NO_NOISE = dict.fromkeys(ANGLES, 0.)


def drawn(move, seed=0):
    rng = np.random.default_rng(seed)
    state = rng.bit_generator.state
    pose = draw_pose(rng, move)
    return pose, draw_motion(np.random.default_rng(seed + 1), move, state)


@pytest.mark.parametrize('move', MOVES)
def test_at_the_instant_the_pose_is_the_actions(move):
    pose, motion = drawn(move)
    now = pose_at(motion, 0., NO_NOISE)
    assert now.move == move and now.lift == pose.lift
    for name in ANGLES:
        assert now.angles[name] == pytest.approx(pose.angles[name])


@pytest.mark.parametrize('move', MOVES)
def test_later_it_has_moved_on_a_little(move):
    pose, motion = drawn(move)
    later = pose_at(motion, 0.04, NO_NOISE).angles
    moved = np.array([abs(later[n] - pose.angles[n]) for n in ANGLES])
    assert 0.1 < moved.mean() < 15
    for side in 'lr':
        assert 0 <= later[f'knee_{side}'] <= 140


def test_a_stride_turns_once():
    rng = np.random.default_rng(3)
    first = draw_pose(rng, 'run')
    again = draw_pose(np.random.default_rng(3), 'run', 1 / 1.4)
    half = draw_pose(np.random.default_rng(3), 'run', 0.5 / 1.4)
    assert again.angles['hip_l'] == pytest.approx(first.angles['hip_l'])
    assert abs(half.angles['hip_l'] - first.angles['hip_l']) > 5


def test_arms_are_placed_worse_than_legs():
    rng = np.random.default_rng(0)
    draws = [draw_noise(rng, 4.) for _ in range(300)]
    leg, arm = (np.std([d[n] for d in draws]) for n in ('hip_l', 'out_l'))
    assert 3 < leg < 5 < arm < 7.5
    assert draw_noise(rng, 0.) == NO_NOISE
