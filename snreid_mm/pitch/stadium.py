"""What lies behind the people: grass with its lines, boards and the crowd.

The stadium is a box without a near side: a ground, and four upright walls
that carry the advertising boards and the stands. Its pictures are stacked in
one atlas, and a crop's background is one look-up per pixel.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Optional, Tuple

import cv2
import numpy as np

from .camera import Camera
from .painter import Light
from .stands import STAND_HEIGHT, STAND_LENGTH, STAND_SCALE

LENGTH, WIDTH = 105., 68.  # metres, IFAB Law 1 for international matches
_HALF_X, _HALF_Y = 58., 40.  # where the boards stand
_GROUND_SCALE, _WALL_SCALE = 14, 18  # texture pixels per metre
_WALL_HEIGHT = 16.
_GROUND_W, _GROUND_H = int(120 * _GROUND_SCALE), int(84 * _GROUND_SCALE)
_WALL_H = int(_WALL_HEIGHT * _WALL_SCALE)


@dataclass
class Stadium:
    """The place of a match.

    Attributes:
        atlas (np.ndarray): The ground over the walls, BGR uint8, (H, W, 3).
        light (Light): How it is lit.
        shadow (float): How dark shadows are, 0 to 1.
        shadow_lights (Tuple[np.ndarray, ...]): Directions towards the lights
            that throw shadows, (3,) each.
        net (Tuple[float, float, float]): Colour of the goal nets, BGR.
        stands (Optional[np.ndarray]): Boards and crowd in more detail than
            the atlas has them, see :mod:`.stands`.
        turf (Optional[np.ndarray]): The tile of blades and wear, times its
            strength, (256, 256).
    """
    atlas: np.ndarray
    light: Light
    shadow: float
    shadow_lights: Tuple[np.ndarray, ...]
    net: Tuple[float, float, float]
    stands: Optional[np.ndarray] = None
    turf: Optional[np.ndarray] = None


def draw_stadium(rng: np.random.Generator) -> Stadium:
    """Render the grass, the boards, the crowd and the light of a match.

    Args:
        rng (np.random.Generator): The source of chance.

    Returns:
        Stadium: The stadium.
    """
    atlas = np.concatenate([_ground(rng), _walls(rng)])
    azimuth = rng.uniform(0, 2 * np.pi)
    kind = rng.choice(3, p=(0.4, 0.4, 0.2))

    def towards(angle, elevation):
        e = np.radians(elevation)
        return np.array((np.cos(angle) * np.cos(e),
                         np.sin(angle) * np.cos(e), np.sin(e)))

    if kind == 0:  # sun
        main = towards(azimuth, rng.uniform(22, 60))
        return Stadium(atlas, Light(main, 0.42), rng.uniform(0.35, 0.55),
                       (main, ), (225., 225., 225.))
    if kind == 1:  # floodlights at four corners
        lights = tuple(towards(azimuth + k * np.pi / 2, rng.uniform(28, 45))
                       for k in range(4))
        return Stadium(atlas, Light(towards(azimuth, 60), 0.55),
                       rng.uniform(0.12, 0.2), lights, (215., 215., 215.))
    main = towards(azimuth, 78)  # clouds
    return Stadium(atlas, Light(main, 0.62), rng.uniform(0.15, 0.25), (main, ),
                   (205., 205., 205.))


def _noise(rng, height, width, cell, amount):
    small = rng.standard_normal((height // cell + 2, width // cell + 2),
                                np.float32) * np.float32(amount)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def _ground(rng) -> np.ndarray:
    """The ground from above, (H, W, 3); row 0 is y = -42."""
    h, w, k = _GROUND_H, _GROUND_W, _GROUND_SCALE
    base = np.array((rng.uniform(28, 72), rng.uniform(98, 150),
                     rng.uniform(44, 102)), np.float32)
    shade = np.ones((h, w), np.float32)
    band = int(rng.uniform(4.5, 6.) * k)
    depth = rng.uniform(0.03, 0.11)
    along = ((np.arange(w) + rng.integers(band)) // band % 2 * 2 - 1) * depth
    across = ((np.arange(h) + rng.integers(band)) // band % 2 * 2 - 1) * depth
    style = rng.choice(3, p=(0.6, 0.2, 0.2))
    if style != 1:
        shade += along[None, :].astype(np.float32)
    if style != 0:
        shade += across[:, None].astype(np.float32)
    shade += _noise(rng, h, w, 40, 0.025) + _noise(rng, h, w, 6, 0.03)
    shade += _noise(rng, h, w, 2, 0.05)
    image = shade[..., None] * base
    lines = _lines()
    chalk = rng.uniform(0.7, 0.95)
    image += (lines[..., None] * chalk) * (232 - image)
    return image.clip(0, 255).astype(np.uint8)


@lru_cache(maxsize=1)
def _lines() -> np.ndarray:
    """The markings (IFAB Law 1) as coverage 0 to 1, (H, W)."""
    zoom = 2
    k = _GROUND_SCALE * zoom
    mask = np.zeros((_GROUND_H * zoom, _GROUND_W * zoom), np.uint8)

    def at(x, y):
        return int(round((x + 60) * k)), int(round((y + 42) * k))

    thick = max(int(0.13 * k), 1)
    x, y = LENGTH / 2, WIDTH / 2
    cv2.rectangle(mask, at(-x, -y), at(x, y), 255, thick, cv2.LINE_AA)
    cv2.line(mask, at(0, -y), at(0, y), 255, thick, cv2.LINE_AA)
    cv2.circle(mask, at(0, 0), int(9.15 * k), 255, thick, cv2.LINE_AA)
    cv2.circle(mask, at(0, 0), int(0.2 * k), 255, -1, cv2.LINE_AA)
    for side in (-1, 1):
        goal = side * x
        for deep, wide in ((16.5, 20.16), (5.5, 9.16)):
            cv2.rectangle(mask, at(goal, -wide), at(goal - side * deep, wide),
                          255, thick, cv2.LINE_AA)
        spot = goal - side * 11
        cv2.circle(mask, at(spot, 0), int(0.2 * k), 255, -1, cv2.LINE_AA)
        cv2.ellipse(mask, at(spot, 0), (int(9.15 * k), ) * 2,
                    0 if side < 0 else 180, -53, 53, 255, thick, cv2.LINE_AA)
        for end in (-1, 1):
            cv2.ellipse(mask, at(goal, end * y), (k, k), 0,
                        *((0, 90), (90, 180), (180, 270),
                          (270, 360))[{(-1, -1): 0, (1, -1): 1, (1, 1): 2,
                                       (-1, 1): 3}[side, end]],
                        255, thick, cv2.LINE_AA)
    return cv2.resize(mask, (_GROUND_W, _GROUND_H),
                      interpolation=cv2.INTER_AREA).astype(np.float32) / 255


_WORDS = ('SPORT', 'BANK', 'COLA', 'TYRES', 'AIR', 'MOBIL', 'ENERGY', 'BET',
          'RADIO', 'CARS', 'INSURE', 'CAFE', 'TRAVEL', 'SHOES')


_CROWD = np.array(((40, 38, 36), (90, 60, 40), (50, 50, 140),
                   (190, 190, 190), (150, 120, 90), (60, 90, 110)))


def _walls(rng) -> np.ndarray:
    """Boards with the crowd above, (H, W, 3); the last row is the ground."""
    h, w, k = _WALL_H, _GROUND_W, _WALL_SCALE
    image = np.empty((h, w, 3), np.float32)
    # The crowd: rows of heads over clothes, in the dark of the stand.
    dark = rng.uniform(0.35, 0.8)
    image[:] = np.array((70, 66, 64)) * dark
    rows = np.arange(int(2.0 * k), h, int(0.5 * k))
    for row in rows:
        y = h - row
        xs = np.arange(0, w, int(0.5 * k)) + rng.integers(0, 4)
        xs = xs[rng.random(len(xs)) < 0.85]
        shade = rng.uniform(0.5, 1.1, (len(xs), 1)) * dark
        clothes = _CROWD[rng.integers(len(_CROWD), size=len(xs))] * shade
        heads = np.array((110, 140, 185)) * shade
        for x, cloth, head in zip(xs.tolist(), clothes.tolist(),
                                  heads.tolist()):
            cv2.rectangle(image, (x, y), (x + 6, y + 8), cloth, -1)
            cv2.circle(image, (x + 3, y - 2), 2, head, -1)
    image = cv2.GaussianBlur(image, (0, 0), 0.8)
    top = h - int(1.9 * k)
    image[top:] = np.array((80, 80, 82)) * dark
    # The boards, 1 m high.
    x, top = 0, h - k
    while x < w:
        width = int(rng.uniform(4, 8) * k)
        paint = rng.integers(0, 256, 3) * 0.55 + 40
        paint += 0.35 * (paint.mean() - paint)
        ink = (245., 245., 245.) if paint.mean() < 130 else (20., 20., 20.)
        cv2.rectangle(image, (x, top), (x + width, h), paint.tolist(), -1)
        # OpenCV 5 writes on images of 8 bits alone.
        mask = np.zeros((h, w), np.uint8)
        cv2.putText(mask, _WORDS[rng.integers(len(_WORDS))],
                    (x + k, h - k // 5), cv2.FONT_HERSHEY_DUPLEX, 0.55, 255)
        image[mask > 0] = ink
        x += width
    return image.clip(0, 255).astype(np.uint8)


def paint_background(stadium: Stadium, camera: Camera, width: int,
                     height: int) -> np.ndarray:
    """What a camera sees of the empty stadium.

    Args:
        stadium (Stadium): The stadium.
        camera (Camera): The camera.
        width, height (int): Pixels.

    Returns:
        np.ndarray: BGR uint8, (H, W, 3).
    """
    xs = (np.arange(width, dtype=np.float32) + 0.5 - camera.offset[0])[None]
    ys = (np.arange(height, dtype=np.float32) + 0.5 - camera.offset[1])[:,
                                                                        None]
    rotation = camera.rotation.astype(np.float32)
    f = np.float32(1 / camera.focal)
    # Rays in the world: affine in the pixel, so sums of a row and a column.
    rays = [xs * (rotation[0, i] * f) + (ys * (rotation[1, i] * f) +
                                         rotation[2, i]) for i in range(3)]
    centre = camera.centre.astype(np.float32)
    with np.errstate(divide='ignore', invalid='ignore'):
        best = np.where(rays[2] < -1e-6, -centre[2] / rays[2],
                        np.float32(1e6))
        u = (centre[0] + best * rays[0] + 60) * _GROUND_SCALE
        v = (centre[1] + best * rays[1] + 42) * _GROUND_SCALE
        v = np.clip(v, 0, _GROUND_H - 1)
        ground, spot = best, (centre[0] + best * rays[0],
                              centre[1] + best * rays[1])
        along = above = np.zeros_like(best)
        for axis, half in ((0, _HALF_X), (1, _HALF_Y)):
            for side in (-1, 1):
                if side * centre[axis] >= half:
                    continue  # it stands behind this wall
                t = (side * half - centre[axis]) / rays[axis]
                hit = (t > 0) & (t < best)
                if not hit.any():
                    continue
                best = np.where(hit, t, best)
                z = np.clip(centre[2] + t * rays[2], 0, _WALL_HEIGHT - 0.1)
                other = centre[1 - axis] + t * rays[1 - axis]
                u = np.where(hit, (other * side * (1 if axis else -1) + 60) %
                             118 * _GROUND_SCALE, u)
                v = np.where(hit, _GROUND_H + _WALL_H - 1 - z * _WALL_SCALE,
                             v)
                if stadium.stands is not None:
                    along = np.where(hit, other * side * (1 if axis else -1),
                                     along)
                    above = np.where(hit, z, above)
    image = cv2.remap(stadium.atlas, u.astype(np.float32),
                      v.astype(np.float32), cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_REPLICATE)
    wall = best < ground
    if stadium.stands is not None and wall.any():
        seen = cv2.remap(
            stadium.stands,
            ((along + 60) % STAND_LENGTH * STAND_SCALE).astype(np.float32),
            ((STAND_HEIGHT - above) * STAND_SCALE - 1).astype(np.float32),
            cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        image[wall] = seen[wall]
    if stadium.turf is not None and not wall.all():
        image = _paint_turf(stadium.turf, image, camera, spot, ground, ~wall)
    return image


def _paint_turf(turf, image, camera, spot, ground, grass) -> np.ndarray:
    """Blades and wear on the ground of an image."""
    texture = np.zeros(image.shape[:2], np.float32)
    near = camera.focal / float(np.median(ground[grass]))  # pixels a metre
    for scale in (40., 120., 360.):  # texture pixels a metre
        # What is finer than a pixel is not seen.
        weight = min(near / scale, 1.)
        if weight > 0.25:
            # The tile repeats: near the origin floats are exact.
            at = [np.clip(each * scale - 256 * np.floor(
                np.median(each[::8, ::8]) * scale / 256), -3e4, 3e4
                          ).astype(np.float32) for each in spot]
            texture += weight * cv2.remap(turf, *at, cv2.INTER_LINEAR,
                                          borderMode=cv2.BORDER_WRAP)
    texture = np.where(grass, texture, 0)[..., None]
    return np.clip(image * (1 + texture), 0, 255).astype(np.uint8)


def paint_shadows(image: np.ndarray, bodies, stadium: Stadium, camera: Camera
                  ) -> np.ndarray:
    """Darken the ground where bodies keep the light away.

    Args:
        image (np.ndarray): BGR uint8, (H, W, 3).
        bodies (Sequence[List[Part]]): The bodies.
        stadium (Stadium): The stadium.
        camera (Camera): The camera of the image.

    Returns:
        np.ndarray: BGR uint8, (H, W, 3).
    """
    if not bodies:
        return image
    height, width = image.shape[:2]
    level = int(255 * stadium.shadow)
    ends = np.array([e for parts in bodies for p in parts
                     for e in (p.start, p.end)])
    girths = 1.6 * camera.focal * np.array(
        [p.profile[:, 1].sum() / len(p.profile)
         for parts in bodies for p in parts])
    total = np.zeros((height, width), np.uint8)
    for light in stadium.shadow_lights:
        flat = np.zeros_like(ends)
        flat[:, :2] = ends[:, :2] - ends[:, 2:] * (light[:2] / light[2])
        pixels, depths = camera.project(flat)
        thick = (girths / depths[::2]).astype(int).clip(1, 255).tolist()
        lines = np.clip(pixels, -4000, 4000).astype(int).reshape(
            -1, 2, 2).tolist()
        mask = np.zeros((height, width), np.uint8)
        for (start, end), weight in zip(lines, thick):
            cv2.line(mask, start, end, level, weight)
        total = cv2.add(total, mask)
    # Half shadow: softer the larger the picture.
    total = cv2.GaussianBlur(total, (0, 0), min(max(height / 100, 0.6), 5))
    keep = 1 - total.astype(np.float32)[..., None] / 255
    return (image * keep).astype(np.uint8)


def paint_goals(canvas, camera: Camera, stadium: Stadium) -> None:
    """Render the goals in front of what stands behind them.

    Args:
        canvas (Canvas): Drawn into.
        camera (Camera): The camera of the canvas.
        stadium (Stadium): The stadium.
    """
    height, width = canvas.depth.shape
    for side in (-1, 1):
        x, deep = side * LENGTH / 2, side * (LENGTH / 2 + 2.0)
        corners = np.array([(a, b, c) for a in (x, deep)
                            for b in (-3.66, 3.66) for c in (0, 2.44)])
        pixels, depths = camera.project(corners)
        if depths.min() < 1 or (pixels.max(0) < 0).any() or (
                pixels.min(0) > (width, height)).any():
            continue
        scale = camera.focal / depths.mean()
        layers = []
        steps = np.arange(-3.66, 3.67, 0.24)
        levels = np.arange(0, 2.45, 0.24)
        back = [((deep, y, 0), (deep, y, 2.44)) for y in steps]
        back += [((deep, -3.66, z), (deep, 3.66, z)) for z in levels]
        layers.append((back, stadium.net, 0.45, 0.02))
        for y in (-3.66, 3.66):
            net = [((x, y, z), (deep, y, z)) for z in levels]
            net += [((a, y, 0), (a, y, 2.44))
                    for a in np.linspace(x, deep, 9)]
            layers.append((net, stadium.net, 0.45, 0.02))
        posts = [((x, -3.66, 0), (x, -3.66, 2.44)),
                 ((x, 3.66, 0), (x, 3.66, 2.44)),
                 ((x, -3.66, 2.44), (x, 3.66, 2.44))]
        layers += [([post], (240., 240., 240.), 1., 0.12) for post in posts]
        for segments, colour, alpha, thick in layers:
            ends = np.array(segments, float).reshape(-1, 3)
            pixels, depths = camera.project(ends)
            pixels = np.clip(pixels, -8000, 8000)
            mask = np.zeros((height, width), np.uint8)
            weight = min(max(int(round(thick * scale)), 1), 60)
            # Threads thinner than a pixel are seen as a veil.
            alpha = alpha * min(1., max(thick * scale, 0.35))
            for a, b in zip(pixels[::2], pixels[1::2]):
                cv2.line(mask, (a * 16).astype(int).tolist(),
                         (b * 16).astype(int).tolist(), 255, weight,
                         cv2.LINE_AA, 4)
            rows, columns = np.nonzero(mask)
            front = canvas.depth[rows, columns] > depths.mean()
            rows, columns = rows[front], columns[front]
            cover = (alpha / 255) * mask[rows, columns].astype(np.float32)
            old = canvas.colour[rows, columns]
            canvas.colour[rows, columns] = old + cover[:, None] * (
                np.float32(colour) - old)
