"""Who is on the pitch: two squads, the referees and the staff.

Colours are BGR in 0..255; lengths are metres.
"""

from dataclasses import dataclass, field
from typing import List, Optional, Tuple

import numpy as np

from .kit import (Colour, Kit, draw_kit, draw_referee_kit, draw_staff_kit,
                  number_mask)

# From fair to dark, then hair colours from black to white.
_SKINS = ((182, 204, 240), (150, 184, 230), (124, 160, 212), (96, 130, 188),
          (72, 102, 156), (52, 76, 124), (38, 54, 92), (28, 38, 66))
_SKIN_SHARE = (0.14, 0.2, 0.18, 0.12, 0.1, 0.1, 0.09, 0.07)
_HAIRS = ((20, 18, 18), (34, 42, 58), (48, 72, 104), (92, 142, 184),
          (128, 196, 226), (36, 74, 152), (150, 150, 152), (226, 236, 238))
_HAIR_SHARE = (0.36, 0.24, 0.14, 0.09, 0.07, 0.04, 0.03, 0.03)
_BOOTS = ((28, 28, 28), (240, 240, 240), (60, 240, 220), (60, 60, 240),
          (30, 130, 250), (230, 120, 30), (200, 80, 250), (90, 230, 90),
          (200, 200, 60), (60, 190, 230))

HAIR_STYLES = ('bald', 'shaved', 'short', 'medium', 'long', 'ponytail', 'bun',
               'afro', 'mohawk')
_STYLE_SHARE = (0.08, 0.15, 0.35, 0.13, 0.07, 0.06, 0.04, 0.07, 0.05)


@dataclass(frozen=True)
class Person:
    """One person and everything that tells them from a team mate.

    Attributes:
        role (str): One of ``snreid_mm.soccernet.roles.ROLES``.
        number (Optional[int]): Shirt number; None for referees and staff.
        kit (Kit): What they wear.
        height (float): Metres.
        build (float): Girth relative to the average, about 0.9 to 1.2.
        skin, hair, boots (Colour): BGR colours.
        hair_style (str): One of ``HAIR_STYLES``.
        beard (float): 0 for none to 1 for full.
        long_sleeves, gloves, captain, tucked (bool): What they wear, and
            how.
        sock_top (float): Where the sock ends, from the knee (0) to the
            ankle (1).
        sock_tape (Optional[Colour]): A band above the ankle.
        leggings (Optional[Colour]): Tights under the shorts.
        wrist (Optional[Colour]): A band or tape at the left wrist.
        headband (Optional[Colour]): A band over the forehead.
        shorts_length (float): Share of the thigh that they cover.
        tracksuit (bool): Long trousers instead of shorts.
        seed (int): Places the folds of the shirt.
        number_mask (Optional[np.ndarray]): The digits, (64, 64).
        name_mask, sponsor_mask (Optional[np.ndarray]): The name over the
            number and the sponsor on the chest, (32, 256).
    """
    role: str
    number: Optional[int]
    kit: Kit
    height: float
    build: float
    skin: Colour
    hair: Colour
    boots: Colour
    hair_style: str
    beard: float
    long_sleeves: bool
    gloves: bool
    captain: bool
    tucked: bool
    sock_top: float
    sock_tape: Optional[Colour]
    leggings: Optional[Colour]
    wrist: Optional[Colour]
    headband: Optional[Colour]
    shorts_length: float
    tracksuit: bool
    seed: int
    number_mask: Optional[np.ndarray] = field(
        default=None, repr=False, compare=False)
    name_mask: Optional[np.ndarray] = field(
        default=None, repr=False, compare=False)
    sponsor_mask: Optional[np.ndarray] = field(
        default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Match:
    """Two squads that meet, with the referees and the staff.

    Attributes:
        people (List[Person]): 11 of the left team (the keeper first), 11 of
            the right team, the referee, two side referees, three of the
            staff: 28 in all.
        title (str): A folder name in the form of the real ones.
    """
    people: List[Person]
    title: str


def is_player(role: str) -> bool:
    """Whether somebody of this class is looked for, as a query is."""
    return role.startswith(('Player', 'Goalkeeper'))


def _maybe(rng, chance, colours) -> Optional[Colour]:
    hit, pick = rng.random() < chance, rng.integers(len(colours))
    return colours[pick] if hit else None


def draw_person(rng: np.random.Generator, role: str, kit: Kit,
                number: Optional[int] = None, cold: bool = False,
                captain: bool = False, numbers: bool = True) -> Person:
    """Generate one person.

    Args:
        rng (np.random.Generator): The source of chance.
        role (str): Their class in the data set.
        kit (Kit): What their side wears.
        number (Optional[int]): The shirt number. Defaults to None.
        cold (bool): Whether long sleeves and gloves are likely.
        captain (bool): Whether they wear the armband.
        numbers (bool): Whether the number is on the shirt.

    Returns:
        Person: The person.
    """
    keeper = role.startswith('Goalkeeper')
    staff = role == 'Staff_members'
    tone = rng.choice(len(_SKINS), p=_SKIN_SHARE)
    skin = np.asarray(_SKINS[tone]) + rng.normal(0, 6, 3)
    # Fair hair on dark skin is dyed hair: rare, and a strong cue when seen.
    shades = np.asarray(_HAIR_SHARE)
    if tone >= 4:
        shades = shades * (2, 1, .4, .1, .25, .05, .3, .3)
    hair = _HAIRS[rng.choice(len(_HAIRS), p=shades / shades.sum())]
    tape = ((236., 236., 236.), (30., 30., 30.), kit.trim)
    return Person(
        role=role,
        number=number,
        kit=kit,
        height=float(np.clip(rng.normal(1.88 if keeper else 1.81, 0.06),
                             1.63, 2.02)),
        build=float(np.clip(rng.normal(1.06 if staff else 1., 0.08), 0.84,
                            1.25)),
        skin=tuple(float(v) for v in skin.clip(15, 245)),
        hair=tuple(float(v) for v in hair),
        boots=tuple(float(v) for v in _BOOTS[rng.integers(len(_BOOTS))]),
        hair_style=str(rng.choice(HAIR_STYLES, p=_STYLE_SHARE)),
        beard=float(rng.choice((0., 0.4, 0.8), p=(0.6, 0.22, 0.18))),
        long_sleeves=bool(rng.random() < (0.85 if keeper or staff else
                                          0.5 if cold else 0.18)),
        gloves=keeper or bool(rng.random() < (0.3 if cold else 0.03)),
        captain=captain,
        tucked=bool(rng.random() < 0.3),
        sock_top=float(rng.choice((0.02, 0.12, 0.4, 0.62),
                                  p=(0.2, 0.5, 0.18, 0.12))),
        sock_tape=_maybe(rng, 0.25, tape),
        leggings=_maybe(rng, 0.12, (kit.shorts, (28., 28., 28.),
                                    (236., 236., 236.))),
        wrist=_maybe(rng, 0.25, tape),
        headband=_maybe(rng, 0.06, tape),
        shorts_length=float(rng.uniform(0.5, 0.78)),
        tracksuit=staff or (keeper and rng.random() < 0.08),
        seed=int(rng.integers(1 << 16)),
        number_mask=number_mask(number) if number and numbers else None)


def draw_match(rng: np.random.Generator, numbers: bool = True) -> Match:
    """Generate the people of one match.

    Args:
        rng (np.random.Generator): The source of chance.
        numbers (bool): Whether shirts carry numbers. Defaults to True.

    Returns:
        Match: The match.
    """
    cold = bool(rng.random() < 0.35)
    kits = []
    for _ in range(4):  # left, right, left keeper, right keeper
        kits.append(draw_kit(rng, unlike=kits))
    people = []
    for side, name in enumerate(('left', 'right')):
        shirts = [1 if rng.random() < 0.8 else 13, *rng.choice(
            np.arange(2, 40) if rng.random() < 0.5 else np.arange(2, 24),
            10, replace=False).tolist()]
        captain = int(rng.integers(11))
        for i, number in enumerate(shirts):
            people.append(
                draw_person(
                    rng, f'{"Player" if i else "Goalkeeper"}_team_{name}',
                    kits[side] if i else kits[side + 2], int(number), cold,
                    i == captain, numbers))
    referee = draw_referee_kit(rng, unlike=kits)
    for role in ('Main_referee', 'Side_referee', 'Side_referee'):
        people.append(draw_person(rng, role, referee, cold=cold))
    staff = draw_staff_kit(rng)
    for _ in range(3):
        kit = staff if rng.random() < 0.6 else draw_staff_kit(rng)
        people.append(draw_person(rng, 'Staff_members', kit, cold=cold))
    return Match(people, _title(rng))


_FIRST = ('Ash', 'Brack', 'Cold', 'Dun', 'Elm', 'Fair', 'Glen', 'Hart',
          'Iron', 'King', 'Lang', 'Mill', 'Nor', 'Oak', 'Penn', 'Raven',
          'Stone', 'Thorn', 'West', 'Wind')
_LAST = ('bridge', 'bury', 'dale', 'field', 'ford', 'ham', 'haven', 'ley',
         'mouth', 'port', 'stead', 'ton', 'well', 'wick')
_LEAGUES = ('synthetic_premier-league', 'synthetic_liga', 'synthetic_serie-a')


def _title(rng) -> str:
    names: List[Tuple[str, str]] = []
    while len(names) < 2:
        name = (_FIRST[rng.integers(len(_FIRST))] +
                _LAST[rng.integers(len(_LAST))])
        if name not in names:
            names.append(name)
    year = int(rng.integers(2014, 2022))
    day = (f'{year + 1}-{rng.integers(1, 6):02d}-{rng.integers(1, 29):02d} - '
           f'{rng.integers(13, 22)}-{rng.choice(["00", "30", "45"])}')
    goals = rng.integers(0, 5, 2)
    return (f'{_LEAGUES[rng.integers(3)]}/{year}-{year + 1}/'
            f'{day} {names[0]} {goals[0]} - {goals[1]} {names[1]}')
