"""What a body is made of: tapered limbs, a torso, a head, with their cloth.

A :class:`Part` is a generalised cylinder: an axis in the world, radii along
it, an elliptical cross-section, and a function that colours its surface. The
painter knows nothing of soccer, and this module nothing of pixels.
"""

from dataclasses import dataclass
from typing import Callable, List, Tuple

import numpy as np

from .kit import paint_pattern, sleeve_colour
from .pose import Skeleton
from .squad import Person


@dataclass
class Surface:
    """Visible points of a part.

    Attributes:
        along (np.ndarray): Along the axis, 0 at its start, 1 at its end, (N,).
        lateral (np.ndarray): From -1 (the wearer's right) to 1 (left) of the
            cross-section, (N,).
        front (np.ndarray): From -1 (back) to 1 (front), (N,).
        up (np.ndarray): The normal's share of the part's own axis, (N,).
    """
    along: np.ndarray
    lateral: np.ndarray
    front: np.ndarray
    up: np.ndarray


@dataclass
class Part:
    """A generalised cylinder.

    Attributes:
        start, end (np.ndarray): The axis, metres, (3,).
        profile (np.ndarray): Rows of (share of the axis, half width in
            metres), (P, 2).
        frame (np.ndarray): Columns forward, left, up, (3, 3).
        depth (float): Half depth over half width of the cross-section.
        flat (Tuple[bool, bool]): Whether start and end are cut flat, as a
            sleeve is, instead of rounded.
        colour (Callable): From a :class:`Surface` to BGR colours (N, 3), or
            a BGR tuple.
        marks (Callable | None): From a :class:`Surface` to a mask (N,) of
            the points that belong to the shirt number.
        folds (float): How much the cloth is creased, 0 for skin.
        gloss (float): How much light it throws back.
        ball (bool): Whether the surface is placed by its normal, as a head's
            is, instead of by the angle around the axis.
    """
    start: np.ndarray
    end: np.ndarray
    profile: np.ndarray
    frame: np.ndarray
    colour: Callable
    depth: float = 1.
    flat: Tuple[bool, bool] = (False, False)
    marks: Callable = None
    folds: float = 0.
    gloss: float = 0.
    ball: bool = False


def _bands(base, *bands) -> Callable:
    """Colour by the place along the axis: ``base``, and over it bands of
    (from, to, colour)."""
    bands = [b for b in bands if b[2] is not None]
    if not bands:
        return base

    def colour(surface):
        out = np.empty((len(surface.along), 3), np.float32)
        out[:] = base
        for low, high, value in bands:
            out[(surface.along >= low) & (surface.along < high)] = value
        return out

    return colour


# Where lettering is on the torso: centre height, half height, half width, and
# 1 for the chest or -1 for the back.
_NAME, _SPONSOR = (0.845, 0.032, 0.50, -1), (0.555, 0.055, 0.58, 1)


def _inked(surface: Surface, mask: np.ndarray, place) -> np.ndarray:
    """Which points (N, ) a line of text covers."""
    middle, half, wide, facing = place
    # Seen from behind, the wearer's left is the reader's left.
    column = (surface.lateral * facing / wide + 1) / 2
    row = (middle - surface.along) / half / 2 + 0.5
    hit = np.nonzero((surface.front * facing > 0) & (column > 0)
                     & (column < 1) & (row > 0) & (row < 1))[0]
    out = np.zeros(len(surface.along), bool)
    x = (column[hit] * mask.shape[1]).astype(np.intp)
    y = (row[hit] * mask.shape[0]).astype(np.intp)
    out[hit] = mask[y, x] > 0
    return out


def _shirt(person: Person) -> Tuple[Callable, Callable]:
    """The colours and the number of a shirt's torso."""
    kit = person.kit
    # (centre height, half height, half width), shares of the torso.
    back, chest = (0.60, 0.19, 0.50), (0.70, 0.065, 0.17)
    chest_at = 0.0 if person.seed % 2 else -0.35
    mask = person.number_mask

    def digits(surface):
        out = np.zeros(len(surface.along), bool)
        for (middle, half, wide), facing, at in ((back, -1, 0.),
                                                 (chest, 1, chest_at)):
            # Seen from behind, the wearer's left is the reader's left.
            column = ((surface.lateral - at) * -facing / wide + 1) / 2
            row = (middle - surface.along) / half / 2 + 0.5
            hit = np.nonzero((surface.front * facing > 0) & (column > 0)
                             & (column < 1) & (row > 0) & (row < 1))[0]
            # Digits run from the reader's left to right.
            x = ((1 - column[hit]) * mask.shape[1]).astype(np.intp)
            y = (row[hit] * mask.shape[0]).astype(np.intp)
            out[hit] = mask[y.clip(0, 63), x.clip(0, 63)] > 0
        return out

    def colour(surface):
        out = paint_pattern(kit, surface.lateral, surface.along)
        out[surface.along > 0.985] = kit.trim
        if person.role == 'Staff_members':
            out[(np.abs(surface.lateral) < 0.05) & (surface.front > 0)] = (
                kit.trim)
        if mask is not None:
            out[digits(surface)] = kit.number
        for text, place in ((person.name_mask, _NAME), (person.sponsor_mask,
                                                        _SPONSOR)):
            if text is not None:
                out[_inked(surface, text, place)] = kit.number
        return out

    return colour, (digits if mask is not None else None)


def _head(person: Person) -> Callable:
    """Skin, hair, eyes and beard of a head."""
    skin, hair = np.float32(person.skin), np.float32(person.hair)
    style = person.hair_style
    shade = skin * 0.62 + hair * 0.38  # stubble: hair over skin

    def colour(surface):
        up, front, side = surface.up, surface.front, surface.lateral
        out = np.empty((len(up), 3), np.float32)
        out[:] = skin
        face = front > 0.25
        if person.beard:
            beard = face & (up < -0.34) & (up > -0.95)
            beard &= ~((np.abs(side) < 0.22) & (np.abs(up + 0.42) < 0.07))
            out[beard] = person.beard * hair + (1 - person.beard) * skin
        eyes = face & (np.abs(np.abs(side) - 0.36) < 0.13) & (
            np.abs(up - 0.05) < 0.07)
        out[eyes] = skin * 0.4
        brows = face & (np.abs(np.abs(side) - 0.36) < 0.2) & (
            np.abs(up - 0.21) < 0.035)
        out[brows] = skin * 0.3 + hair * 0.5
        out[face & (np.abs(side) < 0.09) & (np.abs(up + 0.12) < 0.16)] = (
            skin * 0.9)
        out[face & (np.abs(side) < 0.24) & (np.abs(up + 0.45) < 0.045)] = (
            skin * (0.55, 0.55, 0.75))
        # The hair line falls from the forehead to the neck.
        line = up - 0.95 * front
        if style == 'mohawk':
            cap = (line > -0.35) & (np.abs(side) < 0.3)
            out[(line > 0.1) & ~cap] = shade
        elif style == 'bald':
            cap = None
        elif style == 'shaved':
            cap = None
            out[line > 0.05] = shade
        else:
            cap = line > {'medium': -0.16, 'long': -0.18}.get(style, -0.02)
        if cap is not None:
            out[cap] = hair
        if person.headband is not None:
            out[np.abs(up - 0.42) < 0.13] = person.headband
        return out

    return colour


def build_body(person: Person, skeleton: Skeleton) -> List[Part]:
    """The parts of a posed person.

    Args:
        person (Person): Who.
        skeleton (Skeleton): How.

    Returns:
        List[Part]: The parts, in metres.
    """
    j, f, kit = skeleton.joints, skeleton.frames, person.kit
    size = person.height / 1.8
    girth = size * person.build
    parts = []

    def add(start, end, profile, frame, colour, **kwargs):
        radii = np.array(profile, float)
        radii[:, 1] *= girth
        parts.append(Part(start, end, radii, frame, colour, **kwargs))

    skin = person.skin
    cloth = sleeve_colour(kit)
    trousers = kit.second if person.tracksuit else None
    for s in 'lr':
        thigh, shank = f[f'thigh_{s}'], f[f'shank_{s}']
        hip, knee, ankle = j[f'hip_{s}'], j[f'knee_{s}'], j[f'ankle_{s}']
        toe = j[f'toe_{s}']
        heel = ankle - 0.045 * size * f[f'foot_{s}'][:, 0] - (
            0.042 * size * f[f'foot_{s}'][:, 2])
        add(heel, toe, ((0, .036), (.4, .042), (.8, .036), (1, .024)),
            f[f'foot_{s}'], person.boots, gloss=0.25)
        add(knee, ankle, ((0, .058), (.28, .063), (.6, .050), (1, .038)),
            shank,
            trousers or _bands(
                kit.socks, (-1, person.sock_top, skin),
                (person.sock_top, person.sock_top + 0.09, kit.sock_trim),
                (0.78, 0.86, person.sock_tape)),
            folds=0.25 if trousers else 0.)
        add(hip, knee, ((0, .055), (.3, .086), (1, .058)), thigh,
            trousers or _bands(skin, (-1, 0.94, person.leggings)),
            folds=0.25 if trousers else 0.)
        if not trousers:
            sign = 1 if s == 'l' else -1

            def shorts(surface, sign=sign):
                out = np.empty((len(surface.along), 3), np.float32)
                out[:] = kit.shorts
                out[surface.lateral * sign > 0.86] = kit.shorts_trim
                return out

            add(hip, hip + (knee - hip) * person.shorts_length,
                ((0, .078), (.2, .099), (1, .112)), thigh, shorts,
                flat=(False, True), folds=0.5)
        arm, forearm = f[f'arm_{s}'], f[f'forearm_{s}']
        shoulder, elbow = j[f'shoulder_{s}'], j[f'elbow_{s}']
        wrist, hand = j[f'wrist_{s}'], j[f'hand_{s}']
        band = (0.45, 0.75, (40., 210., 240.)) if (
            person.captain and s == 'l') else (0, 0, None)
        if person.long_sleeves:
            add(shoulder, elbow, ((0, .060), (1, .051)), arm,
                _bands(cloth, band), folds=0.4)
            add(elbow, wrist, ((0, .050), (1, .038)), forearm,
                _bands(cloth, (0.9, 2, kit.trim)), folds=0.4)
        else:
            add(shoulder, elbow, ((0, .052), (.4, .053), (1, .042)), arm, skin)
            add(shoulder, shoulder + (elbow - shoulder) * 0.68,
                ((0, .060), (1, .070)), arm,
                _bands(cloth, (0.88, 2, kit.trim), band),
                flat=(False, True), folds=0.4)
            add(elbow, wrist, ((0, .042), (.3, .046), (1, .029)), forearm,
                _bands(skin,
                       (0.8, 2, person.wrist if s == 'l' else None)))
        keeper = person.role.startswith('Goalkeeper')
        if person.gloves:
            add(wrist, hand, ((0, .045), (.6, .060), (1, .042)) if keeper else
                ((0, .034), (.6, .042), (1, .028)), forearm,
                kit.trim if keeper else (36., 34., 34.), depth=0.6)
        else:
            add(wrist, hand, ((0, .030), (.5, .040), (1, .024)), forearm, skin,
                depth=0.6)
    up = f['pelvis'][:, 2]
    below = kit.second if trousers else kit.shorts
    add(j['pelvis'] - 0.05 * size * up, j['pelvis'] + 0.07 * size * up,
        ((-.3, .150), (.4, .156), (1, .140)), f['pelvis'], below, depth=0.66,
        flat=(True, True), folds=0.4)
    colour, marks = _shirt(person)
    hem = 0.06 if person.tucked else -0.13
    add(j['pelvis'], j['neck'] + 0.012 * f['chest'][:, 2],
        ((hem, .170), (.1, .166), (.35, .165), (.62, .182), (.8, .190),
         (.9, .178), (.96, .130), (1.0, .080), (1.03, .058)), f['chest'],
        colour, depth=0.67, flat=(True, True), marks=marks, folds=1.)
    add(j['neck'] - 0.02 * f['chest'][:, 2], j['head'], ((0, .060), (1, .052)),
        f['head'], skin)
    # A head grows less than a body does.
    grow = (0.4 + 0.6 * size) / girth
    top = f['head'][:, 2]
    add(j['head'] - 0.030 * top, j['head'] + 0.028 * top,
        ((0, .076 * grow), (.5, .081 * grow), (1, .079 * grow)), f['head'],
        _head(person), depth=1.16, ball=True)
    hair = person.hair
    back, crown = -f['head'][:, 0], j['head'] + 0.05 * top
    if person.hair_style == 'afro':
        add(j['head'] + 0.045 * top + 0.025 * back,
            j['head'] + 0.055 * top + 0.03 * back,
            ((0, .106 * grow), (1, .106 * grow)), f['head'], hair, folds=0.6)
    elif person.hair_style == 'mohawk':
        add(crown + 0.05 * back, crown + 0.035 * top - 0.02 * back,
            ((0, .045 * grow), (1, .034 * grow)), f['head'], hair, depth=1.4)
    elif person.hair_style in ('long', 'medium'):
        low = -0.16 if person.hair_style == 'long' else -0.08
        add(j['head'] + 0.03 * top + 0.045 * back,
            j['head'] + low * top + 0.065 * back,
            ((0, .074 * grow), (.6, .076 * grow), (1, .055 * grow)),
            f['head'], hair, depth=0.7, folds=0.6)
    elif person.hair_style == 'ponytail':
        add(j['head'] + 0.04 * top + 0.085 * back,
            j['head'] - 0.12 * top + 0.13 * back,
            ((0, .034 * grow), (.5, .038 * grow), (1, .016 * grow)),
            f['head'], hair)
    elif person.hair_style == 'bun':
        add(j['head'] + 0.075 * top + 0.075 * back,
            j['head'] + 0.085 * top + 0.08 * back,
            ((0, .042 * grow), (1, .042 * grow)), f['head'], hair)
    return parts
