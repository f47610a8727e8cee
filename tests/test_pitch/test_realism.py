import dataclasses
import json

import pytest

from snreid_mm.pitch import PRESETS, PitchConfig
from snreid_mm.pitch.realism import BROADCAST, Realism
from snreid_mm.pitch.scene import draw_action


def test_every_option_is_off_at_first_and_on_in_broadcast():
    names = [f.name for f in dataclasses.fields(Realism)]
    assert Realism().to_dict() == {}
    assert set(BROADCAST.to_dict()) == set(names)
    assert 'realism' not in PRESETS['bench'].to_dict()
    assert PRESETS['broadcast'].realism == BROADCAST


def test_realism_goes_into_json_and_back():
    config = PRESETS['broadcast']
    again = PitchConfig(**json.loads(json.dumps(config.to_dict())))
    assert again == config


@pytest.mark.parametrize('name,value', [
    ('player_queries', 0.5), ('time_offset', -1), ('time_offset', 2),
    ('pose_noise', 'much'), ('nets', True), ('lettering', float('nan'))
])
def test_options_out_of_range_are_named(name, value):
    with pytest.raises(ValueError, match=name):
        Realism(**{name: value})


def test_a_wrong_realism_is_named():
    with pytest.raises(ValueError, match="no option 'rain'.*time_offset"):
        PitchConfig(train_actions=1, realism=dict(rain=1))
    with pytest.raises(ValueError, match='realism must be.*3'):
        PitchConfig(train_actions=1, realism=3)


def action_with(**options):
    config = dataclasses.replace(
        PRESETS['tiny'], replay_weights=(1, ), realism=Realism(**options))
    return draw_action(0, 'test', 1, config)


def joints(action, view, person):
    return action.views[view].skeletons[person].joints


def shared(action):
    return set(action.views[0].boxes) & set(action.views[1].boxes)


def difference(action, name='hand_l'):
    """How far a joint of the shared people is from itself in the replay."""
    return max(
        abs(joints(action, 0, i)[name] - joints(action, 1, i)[name]).max()
        for i in shared(action))


def test_a_replay_is_of_another_instant():
    assert difference(action_with()) == 0
    late = action_with(time_offset=0.3)
    assert difference(late) > 0.02
    # The action camera sees the action's instant.
    for i in late.views[0].boxes:
        assert (joints(late, 0, i)['knee_l'] ==
                late.skeletons[i].joints['knee_l']).all()


def test_each_camera_sees_a_pose_with_an_error():
    noisy = action_with(pose_noise=5)
    assert 0.01 < difference(noisy) < 1.5
