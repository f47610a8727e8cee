import dataclasses

import numpy as np
import pytest

from snreid_mm.pitch import PRESETS
from snreid_mm.pitch.scene import draw_action, paint_action, seeded

TINY = PRESETS['tiny']


def boxes_per_action(config, actions=8, split='test'):
    return [[len(v.boxes) for v in draw_action(0, split, i, config).views]
            for i in range(actions)]


def test_generators_are_told_apart_by_every_key():
    draws = {
        seeded(*key).integers(1 << 60)
        for key in ((0, 'train', 1, 2), (1, 'train', 1, 2),
                    (0, 'test', 1, 2), (0, 'train', 2, 2),
                    (0, 'train', 1, 3))
    }
    assert len(draws) == 5
    assert seeded(3, 'test', 1).integers(99) == seeded(3, 'test',
                                                       1).integers(99)


def test_an_action_can_be_drawn_again_on_its_own():
    draw_action(0, 'train', 0, TINY)
    first = draw_action(0, 'train', 4, TINY)
    again = draw_action(0, 'train', 4, TINY)
    for a, b in zip(paint_action(first, 0, 'train', 4, TINY),
                    paint_action(again, 0, 'train', 4, TINY)):
        np.testing.assert_array_equal(a.image, b.image)
        np.testing.assert_array_equal(a.keypoints, b.keypoints)


def test_all_cameras_of_an_action_see_the_same_bodies():
    action = draw_action(0, 'test', 1, TINY)
    assert len(action.views) >= 2
    spots = {tuple(view.camera.centre) for view in action.views}
    assert len(spots) == len(action.views)
    crops = list(paint_action(action, 0, 'test', 1, TINY))
    assert {c.person for c in crops if c.frame == 0} & {
        c.person
        for c in crops if c.frame
    }
    for crop in crops:
        h, w = crop.image.shape[:2]
        assert TINY.min_height <= h <= TINY.max_height
        visible = crop.keypoints[crop.keypoints[:, 2] > 0]
        assert (visible[:, :2] >= 0).all() and (visible[:, :2] <=
                                                (w, h)).all()
        assert (crop.keypoints[crop.keypoints[:, 2] == 0] == 0).all()


def test_somebody_is_visible_in_almost_every_crop():
    share = []
    for index in range(3):
        action = draw_action(0, 'test', index, TINY)
        share += [(crop.keypoints[:, 2] == 2).sum()
                  for crop in paint_action(action, 0, 'test', index, TINY)]
    assert np.mean(share) > 7
    assert np.mean(np.array(share) == 0) < 0.1


def test_people_and_replays_follow_the_config():
    base = dataclasses.replace(TINY, replay_weights=(1, ), min_height=20)
    few = boxes_per_action(base)
    many = boxes_per_action(
        dataclasses.replace(base, action_people=16, replay_people=12))
    assert all(len(views) == 2 for views in few)
    assert np.mean(many) > 1.6 * np.mean(few)
    three = boxes_per_action(
        dataclasses.replace(base, replay_weights=(0, 0, 1)))
    assert all(len(views) == 4 for views in three)


def test_crowding_brings_players_to_the_ball():
    def spread(crowding):
        config = dataclasses.replace(TINY, crowding=crowding)
        out = []
        for i in range(10):
            action = draw_action(0, 'test', i, config)
            spots = np.stack([
                s.joints['pelvis'][:2] for s in action.skeletons[1:11]
            ])
            out.append(np.linalg.norm(spots - np.median(spots, 0),
                                      axis=1).mean())
        return np.mean(out)

    assert spread(0.95) < 0.7 * spread(0.)


def test_box_jitter_moves_the_edges():
    def looseness(jitter):
        config = dataclasses.replace(
            TINY, box_jitter=jitter, replay_weights=(1, ))
        off = []
        for i in range(6):
            for view in draw_action(0, 'test', i, config).views:
                for person, box in view.boxes.items():
                    whole = view.whole[person]
                    if (whole[:2] > 60).all() and (whole[2:] <
                                                   (1860, 1020)).all():
                        off.append(np.abs(box - whole).mean() /
                                   (whole[3] - whole[1]))
        return np.mean(off)

    assert looseness(0.) < 0.02 < looseness(0.12)


def test_a_match_lasts_some_actions():
    config = dataclasses.replace(TINY, actions_per_match=2)
    titles = [draw_action(0, 'train', i, config).match.title
              for i in range(4)]
    assert titles[0] == titles[1] != titles[2] == titles[3]


def test_settings_that_show_nobody_twice_say_so():
    config = dataclasses.replace(
        TINY, min_height=400, max_height=1080, action_people=26,
        replay_people=26, replay_weights=(1, ))
    with pytest.raises(RuntimeError, match='action 0 of test.*min_height'):
        draw_action(0, 'test', 0, config)
