"""Pixels of bodies: generalised cylinders rendered with a depth buffer.

Each part is rendered inside its own bounding box: for every pixel the place
along the axis, the distance from it, and from both the surface normal, the
depth and the point of the cloth. A depth buffer then settles what hides what,
limb by limb, which no sorting of whole bodies could.
"""

from dataclasses import dataclass
from typing import List

import numpy as np

from .body import Part, Surface
from .camera import Camera


@dataclass
class Light:
    """How a scene is lit.

    Attributes:
        direction (np.ndarray): Towards the light, world, unit length, (3,).
        ambient (float): Share of light that comes from everywhere, 0 to 1.
    """
    direction: np.ndarray
    ambient: float


class Canvas:
    """An image with depths and owners.

    Args:
        width, height (int): Pixels.

    Attributes:
        colour (np.ndarray): BGR, float32, (H, W, 3).
        depth (np.ndarray): Metres along the optical axis, infinite where
            nobody is, float32, (H, W).
        owner (np.ndarray): Index of the person at the pixel, -1 for none,
            int16, (H, W).
        number (np.ndarray): Whether the pixel shows a shirt number, bool,
            (H, W).
    """

    def __init__(self, width: int, height: int):
        self.colour = np.zeros((height, width, 3), np.float32)
        self.depth = np.full((height, width), np.inf, np.float32)
        self.owner = np.full((height, width), -1, np.int16)
        self.number = np.zeros((height, width), bool)


def _fold_texture() -> np.ndarray:
    """Creases of cloth: smooth noise that tiles, about -1 to 1, (64, 64)."""
    rng = np.random.default_rng(7)
    waves = np.zeros((64, 64))
    grid = np.arange(64) * 2 * np.pi / 64
    for _ in range(14):
        i, j = rng.integers(1, 7), rng.integers(-4, 5)
        waves += rng.normal() / (1 + 0.2 * (i + abs(j))) * np.sin(
            i * grid[:, None] + j * grid[None, :] + rng.uniform(0, 6.3))
    return (waves / np.abs(waves).max()).astype(np.float32)


_FOLDS = _fold_texture()


def paint_body(canvas: Canvas, parts: List[Part], camera: Camera, light: Light,
               owner: int, seed: int = 0) -> None:
    """Render a body.

    Args:
        canvas (Canvas): Drawn into.
        parts (List[Part]): The body.
        camera (Camera): The camera of the canvas.
        light (Light): The light.
        owner (int): Written into ``canvas.owner``.
        seed (int): Places the creases. Defaults to 0.
    """
    ends = np.stack([p for part in parts for p in (part.start, part.end)])
    pixels, depths = camera.project(ends)
    sun = (camera.rotation @ light.direction).astype(np.float32)
    for i, part in enumerate(parts):
        _paint_part(canvas, part, pixels[2 * i], pixels[2 * i + 1],
                    float(depths[2 * i]), float(depths[2 * i + 1]), camera,
                    sun, light.ambient, owner, seed + 17 * i)


def _paint_part(canvas, part, p, q, zp, zq, camera, sun, ambient, owner,
                seed):
    height, width = canvas.depth.shape
    scale = camera.focal / max(0.5 * (zp + zq), 0.1)  # pixels per metre
    radii = part.profile[:, 1] * scale
    axis = q - p
    length = float(np.hypot(*axis))
    # Seen along its axis, a part shows its cross-section.
    local = camera.rotation @ part.frame  # columns forward, left, up
    axis_z = (zq - zp) / max(np.linalg.norm(part.end - part.start), 1e-6)
    if length < 1e-3:
        axis, length = np.array((0., 1e-3)), 1e-3
    unit = axis / length
    across = np.array((-unit[1], unit[0]))
    # The cross-section is the ellipse  cos(phi) left + depth sin(phi) forward.
    k_left = float(local[:2, 1] @ across)
    k_front = float(local[:2, 0] @ across) * part.depth
    wide = float(np.hypot(k_left, k_front)) or 1e-6
    # Across a body that bends, the section is not at right angles to the
    # axis; it never looks thinner than its smaller diameter.
    wide = max(wide, 0.8 * min(1., part.depth))
    reach = float(radii.max()) * wide
    cap = [0. if flat else 1. for flat in part.flat]
    tilt = abs(axis_z) * part.depth * float(radii.max())
    low = part.profile[0, 0] if part.flat[0] else 0.
    high = part.profile[-1, 0] if part.flat[1] else 1.
    pad = reach + tilt + 1
    first, last = p + axis * min(low, 0), p + axis * max(high, 1)
    x0 = max(int(min(first[0], last[0]) - pad), 0)
    x1 = min(int(max(first[0], last[0]) + pad) + 2, width)
    y0 = max(int(min(first[1], last[1]) - pad), 0)
    y1 = min(int(max(first[1], last[1]) + pad) + 2, height)
    if x0 >= x1 or y0 >= y1:
        return
    xs = (np.arange(x0, x1, dtype=np.float32) + 0.5 - p[0])[None, :]
    ys = (np.arange(y0, y1, dtype=np.float32) + 0.5 - p[1])[:, None]
    along = xs * np.float32(unit[0]) + ys * np.float32(unit[1])  # pixels
    side = xs * np.float32(across[0]) + ys * np.float32(across[1])
    along /= np.float32(length)
    if len(part.profile) == 2 and part.profile[0, 0] == 0:
        clipped = np.clip(along, 0., 1.)
        radius = clipped * np.float32(radii[1] - radii[0]) + np.float32(
            radii[0])
    else:
        clipped = np.clip(along, low, high)
        radius = np.interp(clipped, part.profile[:, 0], radii).astype(
            np.float32)
    half = radius * np.float32(wide)
    beyond = (along - clipped) * np.float32(length)
    # Rounded ends are circles; flat ends show the ellipse of the opening.
    squash = [c * 1. + (1 - c) * max(tilt / max(reach, 1e-6), 1e-3)
              for c in cap]
    if cap[0] == cap[1] == 1.:
        stretch = beyond
    else:
        stretch = np.where(beyond < 0, beyond / np.float32(squash[0]),
                           beyond / np.float32(squash[1]))
    square = (side * side + stretch * stretch) / (half * half)
    inside = square < 1
    rows, columns = np.nonzero(inside)
    if not len(rows):
        return
    square, side, half = square[inside], side[inside], half[inside]
    along, beyond = along[inside], beyond[inside]
    toward = np.sqrt(1 - square)
    thick = radius[inside] / np.float32(scale)
    bulge = np.hypot(local[2, 1], local[2, 0] * part.depth)
    depth = np.float32(zp) + clipped[inside] * np.float32(zq - zp) - (
        toward * thick * np.float32(bulge))
    rows += y0
    columns += x0
    seen = depth < canvas.depth[rows, columns]
    if not seen.all():
        if not seen.any():
            return
        rows, columns, depth = rows[seen], columns[seen], depth[seen]
        side, half, along = side[seen], half[seen], along[seen]
        beyond, toward = beyond[seen], toward[seen]
    s = side / half
    over = beyond / half
    # Normal in camera axes: across the axis, along it, and towards the
    # camera. A limb's rounded ends are shaded as the limb is, or every joint
    # would look like a doll's.
    if part.ball:
        normal_x = s * np.float32(across[0]) + over * np.float32(unit[0])
        normal_y = s * np.float32(across[1]) + over * np.float32(unit[1])
    else:
        toward = np.sqrt(np.maximum(1 - s * s, 0))
        normal_x = s * np.float32(across[0])
        normal_y = s * np.float32(across[1])
    lit = normal_x * sun[0] + normal_y * sun[1] - toward * sun[2]
    shade = np.float32(ambient) + np.float32(1 - ambient) * (
        0.5 + 0.5 * lit)
    shade *= 0.78 + 0.22 * toward  # edges turn away from every light
    phi = None
    if part.folds or (callable(part.colour) and not part.ball):
        base = np.float32(np.arctan2(k_front, k_left))
        turn = np.arccos(np.clip(s, -1, 1))
        z_left, z_front = float(local[2, 1]), float(local[2, 0]) * part.depth
        nearer = -z_left * np.sin(base) + z_front * np.cos(base) < 0
        phi = base + turn if nearer else base - turn
    if part.folds:
        u = (along * 26 + seed * 7).astype(np.intp) & 63
        v = (phi * 10 + seed * 3).astype(np.intp) & 63
        shade *= 1 + np.float32(0.13 * part.folds) * _FOLDS[u, v]
    if callable(part.colour):
        up = (normal_x * np.float32(local[0, 2]) +
              normal_y * np.float32(local[1, 2]) -
              toward * np.float32(local[2, 2]))
        if part.ball:
            lateral, front = (
                normal_x * np.float32(local[0, k]) + normal_y * np.float32(
                    local[1, k]) - toward * np.float32(local[2, k])
                for k in (1, 0))
        else:
            lateral, front = np.cos(phi), np.sin(phi)
        surface = Surface(along, lateral, front, up)
        colour = part.colour(surface) * shade[:, None]
        if part.marks is not None:
            canvas.number[rows, columns] = part.marks(surface)
        else:
            canvas.number[rows, columns] = False
    else:
        colour = shade[:, None] * np.float32(part.colour)
        canvas.number[rows, columns] = False
    if part.gloss:
        colour += np.float32(200 * part.gloss) * (
            np.maximum(lit, 0)**12)[:, None]
    canvas.colour[rows, columns] = colour
    canvas.depth[rows, columns] = depth
    canvas.owner[rows, columns] = owner
