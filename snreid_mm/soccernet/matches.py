"""The match that a crop was seen in, as its folder says.

A labelled crop lies in ``<championship>/<season>/<game>/<action>/``, and a
game is named by its day, hour, teams and score (source: the README of
SoccerNet's ``sn-reid``)::

    england_epl/2014-2015/2015-05-17 - 18-00 Manchester United 1 - 1 Arsenal/
"""

import re
from pathlib import PurePath
from typing import NamedTuple, Tuple

_GAME = re.compile(r'[\d-]+[ _]-[ _][\d-]+[ _](.+)[ _]\d+[ _]-[ _]\d+[ _](.+)')


class Match(NamedTuple):
    """One match: the names of its three folders."""

    league: str
    season: str
    game: str

    @property
    def match(self) -> 'Match':
        """Match: Itself, what the crops of a match have in common."""
        return self

    @property
    def teams(self) -> Tuple[str, str, str]:
        """tuple[str]: The league and its two teams, in alphabetical order,
        the same for home and away.

        Raises:
            ValueError: If the game's name does not hold them.
        """
        found = _GAME.fullmatch(self.game)
        if found is None:
            raise ValueError(
                f'The folder {self.game!r} of {self.league}/{self.season} '
                'does not name two teams: a game is named as in "2015-05-17 '
                '- 18-00 Manchester United 1 - 1 Arsenal"; rename it.')
        return (self.league, *sorted(found.groups()))


def parse_match(path: str) -> Match:
    """Read the match from the path of a labelled crop.

    Args:
        path (str): The path, absolute or below the split's folder.

    Returns:
        Match: The match.

    Raises:
        ValueError: If there are too few folders.
    """
    parts = PurePath(path).parts[-5:-2]
    if len(parts) < 3:
        raise ValueError(
            f'{path!r} does not say its match: the crop must lie in '
            '<championship>/<season>/<game>/<action>/.')
    return Match(*parts)
