import numpy as np

from snreid_mm.pitch.body import Surface, _shirt
from snreid_mm.pitch.lettering import letter_shirts, text_mask
from snreid_mm.pitch.squad import draw_match, is_player

PEOPLE = draw_match(np.random.default_rng(3)).people


def test_a_line_of_text_fills_its_mask():
    wide, narrow = text_mask('MOBILIS', 240), text_mask('MOBILIS', 120)
    for mask, width in ((wide, 240), (narrow, 120)):
        assert mask.shape == (32, 256) and set(np.unique(mask)) == {0, 1}
        columns = np.nonzero(mask.any(axis=0))[0]
        assert 0.85 * width < np.ptp(columns) <= width
        assert abs(columns.mean() - 128) < 12


def test_a_team_has_one_sponsor_and_each_player_a_name():
    people = letter_shirts(np.random.default_rng(0), PEOPLE, 1.)
    for side in ('left', 'right'):
        team = [p for p in people if p.role.endswith(f'team_{side}')]
        assert len({id(p.sponsor_mask) for p in team}) == 1
        assert len({p.name_mask.tobytes() for p in team}) > 7
    for person, before in zip(people, PEOPLE):
        assert person.number == before.number
        assert (person.sponsor_mask is None) != is_player(person.role)


def test_without_a_share_shirts_stay_as_they_are():
    people = letter_shirts(np.random.default_rng(0), PEOPLE, 0.)
    assert all(p.sponsor_mask is None and p.name_mask is None for p in people)


def test_lettering_is_ink_and_no_number():
    plain = PEOPLE[1]
    printed = letter_shirts(np.random.default_rng(0), PEOPLE, 1.)[1]
    side, height = (a.ravel() for a in np.meshgrid(
        np.linspace(-0.9, 0.9, 90), np.linspace(0, 1, 90)))
    for facing in (-1., 1.):
        surface = Surface(height, side, np.full(len(side), facing),
                          np.zeros(len(side)))
        before, after = (_shirt(p)[0](surface) for p in (plain, printed))
        changed = (before != after).any(axis=1)
        assert 20 < changed.sum() < 0.2 * len(side)
        numbers = [_shirt(p)[1](surface) for p in (plain, printed)]
        np.testing.assert_array_equal(*numbers)
