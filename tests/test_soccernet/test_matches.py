import pytest

from snreid_mm.soccernet.matches import Match, parse_match

GAME = '2015-05-17 - 18-00 Manchester United 1 - 1 Arsenal'
FILE = '7-3-5-9-Player_team_left-9-014r002_0-80x40.png'


@pytest.mark.parametrize('root', ['', '/data/reid/train/'])
def test_a_path_says_its_match(root):
    match = parse_match(f'{root}england_epl/2014-2015/{GAME}/3/{FILE}')
    assert match == Match('england_epl', '2014-2015', GAME)
    assert match.teams == ('england_epl', 'Arsenal', 'Manchester United')


def test_home_and_away_have_the_same_teams():
    there = Match('a', 'b', '2015-01-02 - 13-45 Elmport 1. FC 0 - 12 Pennwell')
    back = Match('a', 'c', '2016-11-12_-_20-45_Pennwell_3_-_0_Elmport 1. FC')
    assert there.teams == back.teams == ('a', 'Elmport 1. FC', 'Pennwell')


def test_what_is_no_match():
    with pytest.raises(ValueError, match="'3/x.png' does not say its match"):
        parse_match('3/x.png')
    with pytest.raises(ValueError, match="'friendly' of a/b does not name"):
        Match('a', 'b', 'friendly').teams
