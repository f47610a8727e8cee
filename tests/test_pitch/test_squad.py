import numpy as np

from snreid_mm.pitch.squad import draw_match
from snreid_mm.soccernet import ROLES


def test_a_match_has_two_teams_referees_and_staff():
    match = draw_match(np.random.default_rng(0))
    roles = [p.role for p in match.people]
    assert set(roles) <= set(ROLES)
    assert roles.count('Player_team_left') == 10
    assert roles.count('Player_team_right') == 10
    assert roles.count('Goalkeeper_team_left') == 1
    assert roles.count('Main_referee') == 1
    assert roles.count('Side_referee') == 2
    assert roles.count('Staff_members') == 3
    assert match.title.count('/') == 2


def test_team_mates_share_the_kit_and_differ_otherwise():
    match = draw_match(np.random.default_rng(1))
    for first in (1, 12):
        team = match.people[first:first + 10]
        assert len({id(p.kit) for p in team}) == 1
        assert len({p.number for p in team}) == 10
        looks = {(p.hair, p.hair_style, p.boots, p.long_sleeves, p.sock_top,
                  p.skin) for p in team}
        assert len(looks) == 10
    numbers = [p.number for p in match.people[:11]]
    assert all(1 <= n < 100 for n in numbers)


def test_numbers_can_be_left_off():
    match = draw_match(np.random.default_rng(1), numbers=False)
    assert all(p.number_mask is None for p in match.people)
    match = draw_match(np.random.default_rng(1))
    assert [p.number_mask is not None for p in match.people] == (
        [True] * 22 + [False] * 6)
