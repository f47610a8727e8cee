"""Kits: the colours and the pattern that a team shares.

Colours are BGR in 0..255, as OpenCV orders them.
"""

from dataclasses import dataclass
from typing import Tuple

import cv2
import numpy as np

Colour = Tuple[float, float, float]

PATTERNS = ('plain', 'stripes', 'hoops', 'halves', 'sash', 'sleeves', 'band',
            'pinstripes', 'quarters', 'checks', 'centre', 'yoke')
_PATTERN_SHARE = (0.30, 0.13, 0.07, 0.06, 0.06, 0.09, 0.06, 0.06, 0.03, 0.03,
                  0.05, 0.06)

# What clubs wear, named so that the tuple can be read.
_CLUB_COLOURS = {
    'white': (238, 238, 238),
    'black': (34, 32, 32),
    'red': (38, 30, 196),
    'crimson': (48, 20, 130),
    'blue': (178, 74, 28),
    'navy': (84, 38, 22),
    'sky': (228, 182, 110),
    'yellow': (40, 206, 240),
    'orange': (28, 118, 236),
    'green': (70, 122, 16),
    'purple': (122, 34, 84),
    'claret': (58, 26, 104),
    'grey': (146, 146, 146),
}
_REFEREE_COLOURS = ((30, 30, 30), (70, 226, 236), (190, 120, 236),
                    (220, 190, 90), (110, 220, 150))


@dataclass(frozen=True)
class Kit:
    """What all outfield players (or the keeper) of one team wear.

    Attributes:
        pattern (str): One of ``PATTERNS``.
        main, second, trim (Colour): Shirt, its pattern, cuffs and collar.
        shorts, shorts_trim, socks, sock_trim, number (Colour): The rest.
        repeats (int): Stripes or hoops over the shirt.
    """
    pattern: str
    main: Colour
    second: Colour
    trim: Colour
    shorts: Colour
    shorts_trim: Colour
    socks: Colour
    sock_trim: Colour
    number: Colour
    repeats: int


def luminance(colour) -> float:
    """Perceived brightness of a BGR colour (ITU-R BT.601 weights)."""
    return 0.114 * colour[0] + 0.587 * colour[1] + 0.299 * colour[2]


def colour_distance(first, second) -> float:
    """Euclidean distance of two BGR colours, with brightness halved."""
    a, b = np.asarray(first, float), np.asarray(second, float)
    da, db = luminance(a), luminance(b)
    return float(np.linalg.norm((a - da) - (b - db)) + 0.5 * abs(da - db))


def _vary(rng, colour, spread=14) -> Colour:
    noisy = np.asarray(colour) + rng.normal(0, spread, 3)
    return tuple(float(v) for v in noisy.clip(12, 246))


def draw_kit(rng: np.random.Generator, unlike=()) -> Kit:
    """Generate the kit of a team whose shirt differs from those in ``unlike``.

    Args:
        rng (np.random.Generator): The source of chance.
        unlike (Sequence[Kit]): Kits already on the pitch.

    Returns:
        Kit: The kit.
    """
    names = list(_CLUB_COLOURS)
    for _ in range(60):
        main = _vary(rng, _CLUB_COLOURS[names[rng.integers(len(names))]])
        # Grass-green shirts vanish; a like shirt would be refused as a clash.
        if all(colour_distance(main, kit.main) > 95 for kit in unlike):
            break
    others = [c for c in _CLUB_COLOURS.values()
              if colour_distance(c, main) > 80]
    second = _vary(rng, others[rng.integers(len(others))])
    trim = second if rng.random() < 0.6 else _vary(
        rng, others[rng.integers(len(others))])
    pattern = str(rng.choice(PATTERNS, p=_PATTERN_SHARE))
    shorts = (main, second, (236., 236., 236.),
              (36., 34., 34.))[rng.choice(4, p=(0.35, 0.3, 0.2, 0.15))]
    socks = (main, second, shorts)[rng.choice(3, p=(0.5, 0.25, 0.25))]
    if pattern in ('stripes', 'hoops', 'checks', 'quarters', 'halves'):
        back = [(c + d) / 2 for c, d in zip(main, second)]
    else:
        back = main
    number = (242., 242., 242.) if luminance(back) < 135 else (24., 24., 24.)
    if pattern == 'plain' and colour_distance(second, main) > 130:
        number = second
    return Kit(pattern, main, second, trim, shorts, trim, socks,
               second if colour_distance(second, socks) > 60 else trim,
               number, int(rng.integers(3, 6)))


def draw_referee_kit(rng: np.random.Generator, unlike=()) -> Kit:
    """Generate the plain kit of the referees."""
    order = rng.permutation(len(_REFEREE_COLOURS))
    main = next((_REFEREE_COLOURS[i] for i in order
                 if all(colour_distance(_REFEREE_COLOURS[i], kit.main) > 70
                        for kit in unlike)), _REFEREE_COLOURS[order[0]])
    black = (32., 30., 30.)
    return Kit('plain', main, black, black, black, black, black, main, black,
               3)


def draw_staff_kit(rng: np.random.Generator) -> Kit:
    """Generate a tracksuit or a training bib."""
    main = _vary(rng, ((50, 40, 36), (120, 60, 30), (60, 60, 70),
                       (50, 50, 150), (60, 220, 235))[rng.integers(5)])
    trousers = _vary(rng, ((40, 36, 34), (70, 50, 40),
                           (110, 100, 90))[rng.integers(3)], 8)
    return Kit('plain', main, trousers, trousers, trousers, main, trousers,
               trousers, main, 3)


def paint_pattern(kit: Kit, lateral: np.ndarray,
                  height: np.ndarray) -> np.ndarray:
    """The shirt's colour at points of the torso.

    Args:
        kit (Kit): The kit.
        lateral (np.ndarray): From -1 (the wearer's right) to 1 (left), (N,).
        height (np.ndarray): From 0 (hips) to 1 (shoulders), (N,).

    Returns:
        np.ndarray: BGR colours, float32, (N, 3).
    """
    n = kit.repeats
    if kit.pattern == 'stripes':
        second = np.floor((lateral + 1) * n + 0.5) % 2 == 1
    elif kit.pattern == 'pinstripes':
        second = ((lateral + 1) * n * 2 + 0.1) % 1 < 0.16
    elif kit.pattern == 'hoops':
        second = np.floor(height * n * 1.6) % 2 == 1
    elif kit.pattern == 'halves':
        second = lateral > 0
    elif kit.pattern == 'quarters':
        second = (lateral > 0) != (height > 0.5)
    elif kit.pattern == 'checks':
        second = (np.floor((lateral + 1) * n) + np.floor(height * n)) % 2 == 1
    elif kit.pattern == 'sash':
        second = np.abs(lateral * 0.55 + height - 0.55) < 0.13
    elif kit.pattern == 'band':
        second = np.abs(height - 0.6) < 0.1
    elif kit.pattern == 'centre':
        second = np.abs(lateral) < 0.26
    elif kit.pattern == 'yoke':
        second = height > 0.78
    else:
        second = None
    main = np.asarray(kit.main, np.float32)
    if second is None:
        colours = np.empty((len(lateral), 3), np.float32)
        colours[:] = main
        return colours
    palette = np.stack([main, np.asarray(kit.second, np.float32)])
    return palette[second.astype(np.intp)]


def sleeve_colour(kit: Kit) -> Colour:
    """The colour of the sleeves."""
    return kit.second if kit.pattern in ('sleeves', 'yoke') else kit.main


_NUMBER_SIZE = 64


def number_mask(number: int) -> np.ndarray:
    """A shirt number as a mask.

    Args:
        number (int): 1 to 99.

    Returns:
        np.ndarray: uint8 of 0 or 1, (64, 64); the digits fill its height.
    """
    text = str(number)
    canvas = np.zeros((96, 160), np.uint8)
    cv2.putText(canvas, text, (10, 80), cv2.FONT_HERSHEY_SIMPLEX, 2.6, 255,
                11, cv2.LINE_AA)
    rows, columns = np.nonzero(canvas)
    digits = canvas[rows.min():rows.max() + 1,
                    columns.min():columns.max() + 1]
    width = min(digits.shape[1] * _NUMBER_SIZE // digits.shape[0],
                _NUMBER_SIZE)
    digits = cv2.resize(digits, (width, _NUMBER_SIZE),
                        interpolation=cv2.INTER_AREA)
    mask = np.zeros((_NUMBER_SIZE, _NUMBER_SIZE), np.uint8)
    left = (_NUMBER_SIZE - width) // 2
    mask[:, left:left + width] = digits > 100
    return mask
