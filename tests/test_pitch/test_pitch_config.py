import dataclasses
import json

import pytest

from snreid_mm.pitch import PRESETS, PitchConfig
from snreid_mm.pitch.config import resolve_config
from snreid_mm.soccernet import SPLITS


def test_presets_have_every_split():
    for config in PRESETS.values():
        assert all(config.actions(split) > 0 for split in SPLITS)
    assert PRESETS['bench'].train_actions == 895


def test_a_config_goes_into_json_and_back():
    config = PitchConfig(train_actions=2, replay_weights=[1, 2])
    again = PitchConfig(**json.loads(json.dumps(config.to_dict())))
    assert again == config


@pytest.mark.parametrize('name,value', [
    ('train_actions', 0), ('valid_actions', -1), ('actions_per_match', 0),
    ('min_height', 3), ('max_height', 5000), ('action_people', 1),
    ('replay_people', 99), ('crowding', 1.5), ('colour_shift', -0.1),
    ('blur', 4), ('compression', 3), ('box_jitter', 0.5),
    ('replay_weights', ()), ('replay_weights', (0, 0)),
    ('replay_weights', (1, -1)), ('replay_weights', 'many')
])
def test_values_out_of_range_are_named(name, value):
    with pytest.raises(ValueError, match=name):
        dataclasses.replace(PRESETS['tiny'], **{name: value})


@pytest.mark.parametrize('name,value', [('train_actions', 2.5),
                                        ('test_actions', True),
                                        ('blur', 'much')])
def test_values_of_a_wrong_type_are_named(name, value):
    with pytest.raises(ValueError, match=name):
        dataclasses.replace(PRESETS['tiny'], **{name: value})


def test_heights_must_leave_room():
    with pytest.raises(ValueError, match='max_height is 50.*min_height'):
        PitchConfig(train_actions=1, min_height=30, max_height=50)


def test_an_unknown_preset_names_the_choices():
    with pytest.raises(ValueError, match="'huge'.*tiny, demo, bench"):
        resolve_config('huge')
    assert resolve_config('demo') == ('demo', PRESETS['demo'])
    assert resolve_config(PRESETS['demo'])[0] == 'custom'
