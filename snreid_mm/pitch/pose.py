"""How a person stands: joint angles of soccer movements, and the joints that
follow from them.

Angles are degrees, lengths are shares of the body height until
:func:`pose_joints` multiplies them out to metres. The body frame is forward
(x), left (y), up (z).
"""

from dataclasses import dataclass
from typing import Dict

import numpy as np

# Segment lengths as shares of the height: Drillis & Contini, "Body Segment
# Parameters", 1966, as reprinted in Winter's "Biomechanics and Motor Control
# of Human Movement".
UPPER_ARM, FOREARM, HAND = 0.186, 0.146, 0.070
THIGH, SHANK, FOOT, ANKLE_HEIGHT = 0.245, 0.246, 0.108, 0.039
SHOULDER_HALF, HIP_HALF = 0.112, 0.052
TRUNK, NECK, HEAD = 0.288, 0.045, 0.064

MOVES = ('stand', 'walk', 'run', 'sprint', 'kick', 'jump', 'slide', 'dive',
         'celebrate', 'bend', 'point', 'block')

ANGLES = ('pitch', 'roll', 'lean', 'side', 'twist', 'head_yaw', 'head_pitch',
          'hip_l', 'hip_r', 'abd_l', 'abd_r', 'knee_l', 'knee_r', 'foot_l',
          'foot_r', 'arm_l', 'arm_r', 'out_l', 'out_r', 'elbow_l', 'elbow_r',
          'rot_l', 'rot_r')


@dataclass(frozen=True)
class Pose:
    """The angles of one pose.

    Attributes:
        move (str): One of ``MOVES``.
        angles (Dict[str, float]): Degrees, for every name in ``ANGLES``:
            pitch and roll of the whole body, the trunk's lean, side bend and
            twist, the head's yaw and pitch, and left and right hip flexion,
            abduction, knee flexion, foot pointing, arm flexion, arm
            abduction, elbow flexion and arm rotation.
        lift (float): Metres between the ground and the lowest point.
    """
    move: str
    angles: Dict[str, float]
    lift: float = 0.


# Strides a second: a phase turns once in a stride, of two steps.
_CADENCE = dict(walk=0.9, run=1.4, sprint=2.1)
_SWING = 4.  # swings of a kicking leg a second, backswing to follow-through


def draw_pose(rng: np.random.Generator, move: str, later: float = 0.) -> Pose:
    """Generate a pose of one movement, with noise on every joint.

    Args:
        rng (np.random.Generator): The source of chance.
        move (str): One of ``MOVES``.
        later (float): With a generator in the same state, the pose of the
            same movement so many seconds later (earlier, if negative): the
            stride and the kick go on, all else stays. Defaults to 0.

    Returns:
        Pose: The pose.
    """
    a = dict.fromkeys(ANGLES, 0.)
    lift = 0.
    u = rng.uniform
    # near: the limb that leads (kicks, reaches); far: the other one.
    near, far = ('l', 'r') if rng.random() < 0.5 else ('r', 'l')
    if move in ('walk', 'run', 'sprint'):
        swing, bend, elbow, lean = {
            'walk': (22, 30, 25, 3),
            'run': (38, 75, 80, 9),
            'sprint': (52, 105, 95, 16)
        }[move]
        phase = u(0, 2 * np.pi) + 2 * np.pi * _CADENCE[move] * later
        for side, p in (('l', phase), ('r', phase + np.pi)):
            a[f'hip_{side}'] = swing * np.sin(p) + lean
            a[f'knee_{side}'] = 10 + bend * max(0., np.cos(p + 0.35))
            a[f'arm_{side}'] = -0.9 * swing * np.sin(p)
            a[f'elbow_{side}'] = elbow * u(0.75, 1.2)
            a[f'out_{side}'] = u(8, 22)
            a[f'foot_{side}'] = 25 * max(0., np.cos(p + 0.35))
        a['lean'] = lean + u(-4, 6)
        a['twist'] = -0.25 * swing * np.sin(phase)
        lift = 0.04 * (move != 'walk') * u(0, 1)
    elif move == 'kick':
        # From the backswing to the follow-through.
        wind = min(max(u(0, 1) + _SWING * later, 0.), 1.)
        a[f'hip_{near}'] = -35 + 115 * wind
        a[f'knee_{near}'] = 95 - 85 * wind
        a[f'foot_{near}'] = 35
        a[f'hip_{far}'] = u(0, 18)
        a[f'knee_{far}'] = u(10, 30)
        a['lean'] = 10 - 25 * wind
        a[f'arm_{far}'] = -40 + 95 * wind
        a[f'out_{far}'] = u(40, 80)
        a[f'out_{near}'] = u(25, 60)
        a[f'arm_{near}'] = 20 - 50 * wind
        a['twist'] = (20 if near == 'l' else -20) * (0.5 - wind)
        a[f'elbow_{near}'], a[f'elbow_{far}'] = u(20, 60), u(15, 50)
        a[f'abd_{near}'] = u(5, 25)
    elif move == 'jump':
        for side in 'lr':
            a[f'hip_{side}'] = u(-15, 35)
            a[f'knee_{side}'] = u(20, 85)
            a[f'out_{side}'] = u(35, 95)
            a[f'arm_{side}'] = u(0, 60)
            a[f'elbow_{side}'] = u(25, 85)
            a[f'foot_{side}'] = 30
        a['lean'], a['head_pitch'] = u(-18, 15), u(-25, 20)
        lift = u(0.15, 0.6)
    elif move == 'slide':
        a['pitch'] = u(-75, -45)
        a['roll'] = u(15, 45) * (1 if near == 'l' else -1)
        a[f'hip_{near}'], a[f'knee_{near}'] = u(25, 55), u(0, 20)
        a[f'hip_{far}'], a[f'knee_{far}'] = u(35, 70), u(70, 115)
        a[f'out_{near}'], a[f'out_{far}'] = u(30, 90), u(30, 90)
        a[f'arm_{near}'], a[f'arm_{far}'] = u(-50, 40), u(-50, 40)
        a['lean'] = u(10, 40)
        a[f'foot_{near}'] = 20
    elif move == 'dive':
        a['roll'] = u(50, 88) * (1 if near == 'r' else -1)
        for side in 'lr':
            a[f'out_{side}'] = u(110, 165)
            a[f'arm_{side}'] = u(10, 50)
            a[f'elbow_{side}'] = u(5, 35)
            a[f'hip_{side}'] = u(-10, 45)
            a[f'knee_{side}'] = u(10, 70)
            a[f'foot_{side}'] = 30
        lift = u(0., 0.7)
    elif move == 'celebrate':
        for side in 'lr':
            a[f'out_{side}'] = u(120, 170)
            a[f'elbow_{side}'] = u(5, 60)
            a[f'hip_{side}'] = u(-8, 15)
            a[f'knee_{side}'] = u(2, 20)
        a['head_pitch'] = u(-25, 5)
    elif move == 'bend':
        a['lean'] = u(35, 70)
        for side in 'lr':
            a[f'arm_{side}'] = a['lean'] + u(10, 40)
            a[f'elbow_{side}'] = u(10, 50)
            a[f'hip_{side}'] = u(5, 40)
            a[f'knee_{side}'] = u(15, 50)
            a[f'abd_{side}'] = u(4, 14)
        a['head_pitch'] = u(-40, -10)
    elif move == 'block':
        for side in 'lr':
            a[f'hip_{side}'] = u(15, 45)
            a[f'knee_{side}'] = u(25, 65)
            a[f'abd_{side}'] = u(8, 24)
            a[f'out_{side}'] = u(25, 70)
            a[f'arm_{side}'] = u(-25, 25)
            a[f'elbow_{side}'] = u(20, 60)
        a['lean'] = u(12, 35)
    else:  # 'stand' and 'point'
        for side in 'lr':
            a[f'hip_{side}'] = u(-6, 10)
            a[f'knee_{side}'] = u(0, 14)
            a[f'abd_{side}'] = u(2, 11)
            a[f'out_{side}'] = u(4, 14)
            a[f'arm_{side}'] = u(-12, 12)
            a[f'elbow_{side}'] = u(5, 35)
        style = rng.random()
        if move == 'point':
            a[f'out_{near}'], a[f'arm_{near}'] = u(20, 60), u(55, 120)
            a[f'elbow_{near}'] = u(0, 25)
        elif style < 0.25:  # hands on the hips
            for side in 'lr':
                a[f'out_{side}'], a[f'arm_{side}'] = u(38, 52), u(-28, -12)
                a[f'elbow_{side}'], a[f'rot_{side}'] = u(85, 105), u(45, 65)
    a['head_yaw'] += rng.normal(0, 28)
    for name in ANGLES:
        big = name[:3] in ('arm', 'out', 'elb')
        a[name] += rng.normal(0, 8 if big else 4)
    for side in 'lr':
        a[f'knee_{side}'] = float(np.clip(a[f'knee_{side}'], 0, 140))
        a[f'elbow_{side}'] = float(np.clip(a[f'elbow_{side}'], 0, 145))
        a[f'rot_{side}'] += rng.normal(12, 10)
    a['head_yaw'] = float(np.clip(a['head_yaw'], -75, 75))
    a['head_pitch'] = float(np.clip(a['head_pitch'], -40, 35))
    return Pose(move, {k: float(v) for k, v in a.items()}, float(lift))


def _rx(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _ry(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _rz(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


@dataclass(frozen=True)
class Skeleton:
    """A body in the world.

    Attributes:
        joints (Dict[str, np.ndarray]): Metres, (3,) each: ``pelvis``,
            ``neck``, ``head``, ``nose``, and with ``_l`` / ``_r``: ``eye``,
            ``ear``, ``shoulder``, ``elbow``, ``wrist``, ``hand``, ``hip``,
            ``knee``, ``ankle``, ``toe``.
        frames (Dict[str, np.ndarray]): Rotations whose columns are the
            forward, left and up directions, (3, 3) each: ``pelvis``,
            ``chest``, ``head``, and the four upper and four lower limbs
            (``arm_l``, ``forearm_l``, ``thigh_l``, ``shank_l``, ...).
    """
    joints: Dict[str, np.ndarray]
    frames: Dict[str, np.ndarray]


def pose_joints(pose: Pose, height: float, position, heading: float
                ) -> Skeleton:
    """Place a posed body on the pitch.

    Args:
        pose (Pose): The angles.
        height (float): Body height, in metres.
        position (Sequence[float]): Where the body stands on the ground,
            in metres, (2,).
        heading (float): The direction it faces, in degrees from the x axis.

    Returns:
        Skeleton: The joints; the lowest one is ``pose.lift`` above the
        ground.
    """
    a = pose.angles
    pelvis = _rz(heading) @ _rx(a['roll']) @ _ry(a['pitch'])
    chest = pelvis @ _rz(a['twist']) @ _ry(a['lean']) @ _rx(a['side'])
    head = chest @ _rz(a['head_yaw']) @ _ry(
        a['head_pitch'] - 0.6 * a['lean'])
    frames = dict(pelvis=pelvis, chest=chest, head=head)
    joints = dict(pelvis=np.zeros(3))
    joints['neck'] = chest @ (0, 0, TRUNK)
    joints['head'] = joints['neck'] + chest @ (
        0.012, 0, NECK) + head @ (0.012, 0, HEAD)
    joints['nose'] = joints['head'] + head @ (0.060, 0, -0.008)
    down = np.array((0., 0., -1.))
    for side, sign in (('l', 1), ('r', -1)):
        joints[f'eye_{side}'] = joints['head'] + head @ (
            0.050, sign * 0.018, 0.010)
        joints[f'ear_{side}'] = joints['head'] + head @ (
            0.0, sign * 0.043, 0.0)
        arm = chest @ _rx(sign * a[f'out_{side}']) @ _ry(
            -a[f'arm_{side}']) @ _rz(-sign * a[f'rot_{side}'])
        forearm = arm @ _ry(-a[f'elbow_{side}'])
        joints[f'shoulder_{side}'] = joints['neck'] + chest @ (
            0, sign * SHOULDER_HALF, -0.018)
        joints[f'elbow_{side}'] = (
            joints[f'shoulder_{side}'] + arm @ down * UPPER_ARM)
        joints[f'wrist_{side}'] = (
            joints[f'elbow_{side}'] + forearm @ down * FOREARM)
        joints[f'hand_{side}'] = (
            joints[f'wrist_{side}'] + forearm @ down * HAND)
        thigh = pelvis @ _rx(sign * a[f'abd_{side}']) @ _ry(
            -a[f'hip_{side}'])
        shank = thigh @ _ry(a[f'knee_{side}'])
        joints[f'hip_{side}'] = pelvis @ (0, sign * HIP_HALF, 0)
        joints[f'knee_{side}'] = joints[f'hip_{side}'] + thigh @ down * THIGH
        joints[f'ankle_{side}'] = joints[f'knee_{side}'] + shank @ down * SHANK
        # A foot near the ground lies flat; in the air it hangs.
        flat = -np.degrees(np.arcsin(np.clip(-shank[2, 0], -1, 1)))
        foot = shank @ _ry(np.clip(flat, -25, 45) * (a['pitch'] > -30) +
                           a[f'foot_{side}'])
        joints[f'toe_{side}'] = joints[f'ankle_{side}'] + foot @ (
            FOOT, sign * 0.012, -0.6 * ANKLE_HEIGHT)
        frames.update({
            f'arm_{side}': arm,
            f'forearm_{side}': forearm,
            f'thigh_{side}': thigh,
            f'shank_{side}': shank,
            f'foot_{side}': foot
        })
    joints = {name: point * height for name, point in joints.items()}
    soles = [joints[f'ankle_{s}'][2] - ANKLE_HEIGHT * height for s in 'lr']
    soles += [joints[f'toe_{s}'][2] - 0.02 * height for s in 'lr']
    others = [joints[n][2] - 0.09 for n in ('pelvis', 'neck', 'head', 'knee_l',
                                            'knee_r', 'elbow_l', 'elbow_r')]
    others += [joints[f'{n}_{s}'][2] - 0.04
               for n in ('hand', 'wrist', 'shoulder') for s in 'lr']
    lowest = min(soles + others)
    shift = np.array((position[0], position[1], pose.lift - lowest))
    # The mid-point of the trunk is over the spot, whatever the pose.
    shift[:2] -= joints['neck'][:2] / 2
    return Skeleton({n: p + shift for n, p in joints.items()}, frames)


# The 17 keypoints of COCO, in its order.
COCO_KEYPOINTS = ('nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear',
                  'left_shoulder', 'right_shoulder', 'left_elbow',
                  'right_elbow', 'left_wrist', 'right_wrist', 'left_hip',
                  'right_hip', 'left_knee', 'right_knee', 'left_ankle',
                  'right_ankle')
COCO_SKELETON = ((16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12),
                 (7, 13), (6, 7), (6, 8), (7, 9), (8, 10), (9, 11), (2, 3),
                 (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7))


def coco_joints(skeleton: Skeleton) -> np.ndarray:
    """The 17 COCO keypoints of a body, in metres, (17, 3)."""
    names = [n if n == 'nose' else f'{n.split("_")[1]}_{n[0]}'
             for n in COCO_KEYPOINTS]
    return np.stack([skeleton.joints[name] for name in names])
