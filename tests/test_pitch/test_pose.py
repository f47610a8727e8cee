import numpy as np
import pytest

from snreid_mm.pitch.pose import (ANGLES, COCO_KEYPOINTS, MOVES, SHANK, THIGH,
                                  UPPER_ARM, Pose, coco_joints, draw_pose,
                                  pose_joints)


def straight(**angles):
    return Pose('stand', {**dict.fromkeys(ANGLES, 0.), **angles})


def test_a_straight_body_stands_upright():
    body = pose_joints(straight(), 1.8, (3., -2.), 0.)
    j = body.joints
    # Head above neck above pelvis above knees above ankles, left to the left.
    heights = [j[n][2] for n in ('head', 'neck', 'pelvis', 'knee_l',
                                 'ankle_l')]
    assert heights == sorted(heights, reverse=True)
    assert j['head'][2] == pytest.approx(0.93 * 1.8, abs=0.04)
    assert j['ankle_l'][2] == pytest.approx(0.039 * 1.8, abs=0.01)
    assert j['shoulder_l'][1] > j['shoulder_r'][1]
    assert j['nose'][0] > j['head'][0]
    np.testing.assert_allclose(j['pelvis'][:2], (3, -2), atol=1e-9)


def test_joints_bend_the_way_they_are_named():
    body = pose_joints(
        straight(hip_l=90, knee_r=90, out_r=90, arm_l=90, elbow_l=90), 1.8,
        (0, 0), 0.).joints
    assert body['knee_l'][0] > body['hip_l'][0] + 0.4  # thigh forward
    assert body['ankle_r'][0] < body['knee_r'][0] - 0.4  # heel to the back
    assert body['elbow_r'][1] < body['shoulder_r'][1] - 0.3  # out to the right
    assert body['wrist_l'][2] > body['elbow_l'][2] + 0.2  # forearm up


def test_heading_turns_the_body():
    body = pose_joints(straight(), 1.8, (0, 0), 90.).joints
    assert body['nose'][1] > body['head'][1]
    assert body['shoulder_l'][0] < body['shoulder_r'][0]


@pytest.mark.parametrize('move', MOVES)
def test_every_move_keeps_bones_and_ground(move):
    rng = np.random.default_rng(0)
    for _ in range(10):
        pose = draw_pose(rng, move)
        assert pose.move == move and set(pose.angles) == set(ANGLES)
        j = pose_joints(pose, 1.8, (0, 0), 30.).joints
        for a, b, length in (('hip_l', 'knee_l', THIGH),
                             ('knee_r', 'ankle_r', SHANK),
                             ('shoulder_l', 'elbow_l', UPPER_ARM)):
            assert np.linalg.norm(j[a] - j[b]) == pytest.approx(length * 1.8)
        lowest = min(p[2] for p in j.values())
        assert -0.05 < lowest < pose.lift + 0.2


def test_coco_joints_are_in_cocos_order():
    body = pose_joints(straight(), 1.8, (0, 0), 0.)
    points = coco_joints(body)
    assert points.shape == (17, 3) == (len(COCO_KEYPOINTS), 3)
    for name in ('left_elbow', 'right_ankle', 'left_ear'):
        side, joint = name.split('_')
        np.testing.assert_array_equal(points[COCO_KEYPOINTS.index(name)],
                                      body.joints[f'{joint}_{side[0]}'])
