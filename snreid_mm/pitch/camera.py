"""Where a scene is seen from: pinhole cameras around the pitch.

World axes: x along the pitch, y across it, z up, metres, the origin on the
centre spot. Camera axes: x right, y down, z forward. The main tribune is on
the side of negative y.
"""

from dataclasses import dataclass

import numpy as np

FRAME_WIDTH, FRAME_HEIGHT = 1920, 1080  # pixels of a broadcast frame


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes:
        centre (np.ndarray): Position, metres, (3,).
        rotation (np.ndarray): World to camera; the rows are the right, down
            and forward directions, (3, 3).
        focal (float): Pixels.
        offset (np.ndarray): Where the optical axis meets the image, in
            pixels, (2,).
    """
    centre: np.ndarray
    rotation: np.ndarray
    focal: float
    offset: np.ndarray

    def project(self, points: np.ndarray):
        """Pixels and depths of world points.

        Args:
            points (np.ndarray): Metres, (N, 3).

        Returns:
            Tuple[np.ndarray, np.ndarray]: Pixels (N, 2), and metres along
            the optical axis (N, ), not less than 0.1.
        """
        local = (points - self.centre) @ self.rotation.T
        depth = np.maximum(local[:, 2], 0.1)
        pixels = local[:, :2] * (self.focal / depth)[:, None] + self.offset
        return pixels, depth

    def crop(self, left: float, top: float, scale: float) -> 'Camera':
        """The camera of a window of the image, enlarged by ``scale``.

        Args:
            left, top (float): The window's corner, in pixels.
            scale (float): Window pixels for one pixel.

        Returns:
            Camera: The camera.
        """
        return Camera(self.centre, self.rotation, self.focal * scale,
                      (self.offset - (left, top)) * scale)


def look_at(centre, target, focal: float = 1., roll: float = 0.) -> Camera:
    """The camera at ``centre`` that has ``target`` in the middle.

    Args:
        centre, target (Sequence[float]): Metres, (3,).
        focal (float): Pixels. Defaults to 1.
        roll (float): Turn about the optical axis, degrees. Defaults to 0.

    Returns:
        Camera: The camera of a whole broadcast frame.
    """
    centre = np.asarray(centre, float)
    forward = np.asarray(target, float) - centre
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0., 0., 1.))
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    rotation = np.stack([c * right + s * down, c * down - s * right, forward])
    return Camera(centre, rotation, focal,
                  np.array((FRAME_WIDTH / 2, FRAME_HEIGHT / 2)))


# How often a replay camera is of each kind of :func:`draw_viewpoint`, in the
# first presets and where cameras stand as far apart as they may.
_KINDS = np.array(((0.36, 0.19, 0.15, 0.17, 0.13),
                   (0.10, 0.26, 0.26, 0.22, 0.16)))


def draw_viewpoint(rng: np.random.Generator, ball, replay: bool,
                   apart: float = 0.) -> np.ndarray:
    """Where a camera stands.

    Args:
        rng (np.random.Generator): The source of chance.
        ball (Sequence[float]): What it looks at, metres, (2,).
        replay (bool): False for the action camera, on the main tribune; True
            for a replay camera: behind a goal, opposite, at the touchline,
            or elsewhere on the tribune.
        apart (float): How few replay cameras stand on the main tribune too,
            0 to 1. Defaults to 0.

    Returns:
        np.ndarray: Metres, (3,).
    """
    u = rng.uniform
    if not replay:
        return np.array((ball[0] * 0.3 + u(-8, 8), -u(62, 85), u(14, 24)))
    kind = rng.choice(5, p=_KINDS[0] + apart * (_KINDS[1] - _KINDS[0]))
    if kind == 0:  # closer, on the main tribune, aside
        return np.array((ball[0] + u(-45, 45), -u(48, 75), u(6, 18)))
    if kind == 1:  # behind the nearer goal
        side = 1 if ball[0] > 0 else -1
        return np.array((side * u(66, 88), u(-14, 14), u(4, 16)))
    if kind == 2:  # the reverse angle
        return np.array((ball[0] * 0.5 + u(-25, 25), u(50, 75), u(8, 20)))
    if kind == 3:  # low, at either touchline
        side = -1 if rng.random() < 0.6 else 1
        return np.array((ball[0] + u(-28, 28), side * u(39, 44), u(1.6, 3.)))
    # low, beside the goal line
    side = 1 if ball[0] > 0 else -1
    return np.array((side * u(58, 64), u(-36, 36), u(1.4, 4.)))


def frame_people(rng: np.random.Generator, centre, ball, spots: np.ndarray,
                 wanted: int, wander: bool = False) -> Camera:
    """Zoom a camera so that it shows about ``wanted`` people.

    Args:
        rng (np.random.Generator): The source of chance.
        centre (np.ndarray): The camera's position, metres, (3,).
        ball (Sequence[float]): What it looks at, metres, (2,).
        spots (np.ndarray): Where the people stand, metres, (N, 2).
        wanted (int): How many should be in view.
        wander (bool): Whether it may follow somebody other than the ball's
            neighbours, as replays do. Defaults to False.

    Returns:
        Camera: The camera.
    """
    # Aim between the ball and the middle of those nearest to it.
    order = np.argsort(np.linalg.norm(spots - ball, axis=1))
    aim = 0.35 * np.asarray(ball) + 0.65 * spots[order[:wanted]].mean(axis=0)
    if wander and rng.random() < 0.6:
        aim = spots[order[rng.integers(18)]]
    aim = aim + rng.normal(0, 2. if wander else 0.8, 2)
    camera = look_at(centre, (*aim, 1.0), roll=rng.normal(0, 0.6))
    chest = np.concatenate([spots, np.full((len(spots), 1), 1.)], axis=1)
    local = (chest - camera.centre) @ camera.rotation.T
    depth = np.maximum(local[:, 2], 0.1)
    # The share of the half frame that each needs at focal length 1.
    need = np.maximum(np.abs(local[:, 0]) / depth / (FRAME_WIDTH / 2),
                      np.abs(local[:, 1]) / depth / (FRAME_HEIGHT / 2 * 0.9))
    need[local[:, 2] < 3] = np.inf
    order = np.sort(need[np.isfinite(need)])
    wanted = min(wanted, len(order))
    widest = max(order[wanted - 1] * 1.03, 1e-5)
    # No body fills more than three quarters of the frame.
    nearest = np.median(np.sort(depth[need <= widest]))
    focal = min(1 / widest, 0.62 * FRAME_HEIGHT * nearest / 1.8)
    return Camera(camera.centre, camera.rotation, float(focal), camera.offset)
