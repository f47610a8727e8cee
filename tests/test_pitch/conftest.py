import pytest

from snreid_mm.pitch import PitchConfig, make_pitch

SMALL = PitchConfig(
    train_actions=3,
    test_actions=12,
    challenge_actions=2,
    actions_per_match=4,
    min_height=24,
    max_height=56)


@pytest.fixture(scope='session')
def small_pitch(tmp_path_factory):
    """A data root with enough test queries to count on. Do not change it."""
    root = tmp_path_factory.mktemp('small') / 'root'
    make_pitch(root, SMALL, seed=11, workers=1, progress=False)
    return root
