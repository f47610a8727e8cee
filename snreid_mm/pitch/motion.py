"""How a body moves on between two instants, and how two cameras' annotations
of a pose differ.

The frames that SoccerNet links show about the same instant, not the same
one: the replay is matched to the action by hand, and runs in slow motion.
"""

from dataclasses import dataclass
from typing import Dict

import numpy as np

from .pose import ANGLES, Pose, draw_pose

# Speeds along the heading, in metres a second.
_SPEED = dict(walk=1.4, run=4.5, sprint=7., kick=2., slide=3., jump=1.5,
              dive=3., block=1.)
# Deviation of an angle's own speed, degrees a second: of arms and legs, whole
# body and head, for a body that acts and for one that stands.
_RATE = dict(arm=200., out=160., elb=200., rot=80., hip=130., kne=160.,
             abd=50., foo=60., hea=90., pit=50., rol=50., lea=60., sid=50.,
             twi=70.)
_CALM = ('stand', 'walk', 'point', 'bend')
_CALM_SHARE = 0.4
_TURN = 110.  # deviation of the heading's speed, degrees a second

# Range of the joints, degrees.
_RANGE = dict(knee=(0., 140.), elbow=(0., 145.), head_yaw=(-75., 75.),
              head_pitch=(-40., 35.))


@dataclass(frozen=True)
class Motion:
    """What a person does about the instant of the action.

    Attributes:
        move (str): One of ``MOVES``.
        state (dict): The state of the generator that drew the pose.
        rates (Dict[str, float]): Degrees a second of each angle, on top of
            the stride and the kick.
        turn (float): Degrees a second of the heading.
        speed (float): Metres a second along the heading.
    """
    move: str
    state: dict
    rates: Dict[str, float]
    turn: float
    speed: float


def draw_motion(rng: np.random.Generator, move: str, state: dict) -> Motion:
    """Generate how a pose goes on.

    Args:
        rng (np.random.Generator): The source of chance.
        move (str): One of ``MOVES``.
        state (dict): The state, before it drew the pose, of the generator
            that drew it.

    Returns:
        Motion: The motion.
    """
    share = _CALM_SHARE if move in _CALM else 1.
    return Motion(
        move, state,
        {name: share * rng.normal(0, _RATE[name[:3]]) for name in ANGLES},
        share * rng.normal(0, _TURN),
        _SPEED.get(move, 0.) * rng.uniform(0.7, 1.2))


def pose_at(motion: Motion, seconds: float, noise: Dict[str, float]) -> Pose:
    """The pose at another instant, as one camera's annotator would have it.

    Args:
        motion (Motion): The motion.
        seconds (float): The time since the action's instant.
        noise (Dict[str, float]): Degrees to add, by angle.

    Returns:
        Pose: The pose.
    """
    generator = np.random.default_rng()
    generator.bit_generator.state = motion.state
    pose = draw_pose(generator, motion.move, seconds)
    angles = {}
    for name, angle in pose.angles.items():
        angle += motion.rates[name] * seconds + noise[name]
        low, high = _RANGE.get(name, _RANGE.get(name[:-2], (-400., 400.)))
        angles[name] = float(np.clip(angle, low, high))
    return Pose(pose.move, angles, pose.lift)


def draw_noise(rng: np.random.Generator, degrees: float) -> Dict[str, float]:
    """Generate the error of one pose in one view.

    Args:
        rng (np.random.Generator): The source of chance.
        degrees (float): Standard deviation of an angle of the legs and the
            trunk; arms, which annotators place worst, have 1.5 times that.

    Returns:
        Dict[str, float]: Degrees, by angle.
    """
    return {
        name: float(rng.normal(0, degrees * (
            1.5 if name[:3] in ('arm', 'out', 'elb', 'rot') else 1.)))
        for name in ANGLES
    }
