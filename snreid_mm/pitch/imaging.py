"""What a camera and its broadcast do to a picture.

Every camera of an action has its own exposure, white balance, contrast,
saturation and sharpness (:class:`Look`), so colours agree within a frame and
differ between frames. Motion, noise and artefacts differ crop by crop.
"""

from dataclasses import dataclass, replace
from typing import Optional

import cv2
import numpy as np

from .config import PitchConfig
from .realism import Realism


@dataclass(frozen=True)
class Look:
    """The settings of one camera.

    Attributes:
        gains (np.ndarray): Exposure and white balance, (3,), BGR.
        gamma (float): Exponent of the tone curve; 1 for none.
        saturation (float): 1 for none.
        haze (float): Share of grey laid over everything, 0 to 1.
        pan (np.ndarray): Motion of the picture, in shares of a person's
            height, (2,).
        defocus (float): Gaussian blur, standard deviation in shares of a
            person's height.
        bokeh (float): The same for the background alone.
        interlaced (bool): Whether even and odd rows are of different times.
        quality (int): JPEG quality, 1 to 100; 0 for no compression.
        noise (float): Standard deviation, in grey levels.
        soft (float): Detail that reaches the viewer, 0 to 1: the picture was
            enlarged by 1 / soft.
        comb (float): Deviation of how far a body jumps between the fields,
            in shares of its height.
        sharpening (float): Strength of the edge enhancement; 0 for none.
    """
    gains: np.ndarray
    gamma: float
    saturation: float
    haze: float
    pan: np.ndarray
    defocus: float
    bokeh: float
    interlaced: bool
    quality: int
    noise: float
    soft: float
    comb: float = 0.
    sharpening: float = 0.


def draw_look(rng: np.random.Generator, config: PitchConfig,
              replay: bool) -> Look:
    """Generate the settings of a camera.

    Args:
        rng (np.random.Generator): The source of chance.
        config (PitchConfig): How much cameras differ.
        replay (bool): Whether it is a replay camera.

    Returns:
        Look: The settings.
    """
    shift, blur = config.colour_shift, config.blur
    exposure = np.exp(rng.normal(0, 0.12 * shift))
    balance = np.exp(rng.normal(0, 0.045 * shift, 3))
    angle = rng.uniform(0, np.pi)
    pan = abs(rng.normal(0, 0.016)) * blur * (1.4 if replay else 1)
    quality = int(np.clip(rng.normal(68, 14), 30, 95))
    if config.compression:
        quality = int(np.clip(100 - (100 - quality) * config.compression, 8,
                              98))
    return Look(
        gains=exposure * balance / balance.mean(),
        gamma=float(np.exp(rng.normal(0, 0.1 * shift))),
        saturation=float(np.exp(rng.normal(-0.05, 0.13 * shift))),
        haze=float(abs(rng.normal(0, 0.06)) * shift),
        pan=pan * np.array((np.cos(angle), 0.5 * np.sin(angle))),
        defocus=float(abs(rng.normal(0, 0.0045)) * blur),
        bokeh=float(replay and rng.random() < 0.4) * 0.02 * blur,
        interlaced=bool(blur) and bool(rng.random() < 0.2),
        quality=quality if config.compression else 0,
        noise=float(rng.uniform(0.8, 3.2)),
        soft=float(rng.uniform(0.5, 1.) if rng.random() < 0.5 * min(blur, 1)
                   else 1.))


def broadcast_look(rng: np.random.Generator, look: Look,
                   realism: Realism) -> Look:
    """What broadcast cameras add to their settings.

    Args:
        rng (np.random.Generator): The source of chance.
        look (Look): The settings.
        realism (Realism): How much is added.

    Returns:
        Look: The settings.
    """
    combs = rng.random() < 0.35 * realism.combing
    return replace(
        look,
        gains=look.gains * 2**rng.normal(0, realism.exposure),
        saturation=look.saturation * (1 - realism.fade),
        interlaced=look.interlaced or bool(combs),
        comb=0.015 * realism.combing,
        sharpening=float(rng.uniform(0.3, 1) * realism.sharpening))


def comb_bodies(image: np.ndarray, bodies: np.ndarray,
                shift: float) -> np.ndarray:
    """Move the bodies of every other row: they jump between two fields,
    and what is behind them stands still.

    Args:
        image (np.ndarray): (H, W, 3).
        bodies (np.ndarray): Where bodies are, 0 to 1, (H, W).
        shift (float): Pixels, to the right.

    Returns:
        np.ndarray: (H, W, 3).
    """
    height, width = bodies.shape
    way = np.float32(((1, 0, shift), (0, 1, 0)))
    moved, mask = (
        cv2.warpAffine(each, way, (width, height),
                       borderMode=cv2.BORDER_REPLICATE)[1::2]
        for each in (image, bodies))
    # The body hid what is seen now: the moved picture has nothing better.
    mask = np.maximum(mask, bodies[1::2])[..., None]
    image = image.copy()
    image[1::2] += mask * (moved - image[1::2])
    return image


def blur_motion(image: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Smear an image along a path.

    Args:
        image (np.ndarray): (H, W, C).
        dx, dy (float): The path, in pixels; shorter than 1.2 does nothing.

    Returns:
        np.ndarray: (H, W, C).
    """
    length = float(np.hypot(dx, dy))
    if length < 1.2:
        return image
    size = int(np.ceil(length)) // 2 * 2 + 3
    kernel = np.zeros((size, size), np.float32)
    middle = size // 2
    half = np.array((dx, dy)) / 2
    cv2.line(kernel, np.round((middle - half) * 16).astype(int).tolist(),
             np.round((middle + half) * 16).astype(int).tolist(), 1., 1,
             cv2.LINE_AA, 4)
    total = kernel.sum()
    if total <= 0:
        return image
    return cv2.filter2D(image, -1, kernel / total,
                        borderType=cv2.BORDER_REPLICATE)


def expose(rng: np.random.Generator, image: np.ndarray, look: Look,
           size: float, motion: np.ndarray, blur: float,
           bodies: Optional[np.ndarray] = None) -> np.ndarray:
    """What the viewer gets of a crop.

    Args:
        rng (np.random.Generator): The source of chance.
        image (np.ndarray): BGR, float32, 0 to 255, (H, W, 3).
        look (Look): The camera's settings.
        size (float): The person's height, in pixels.
        motion (np.ndarray): The person's own motion during the exposure, in
            shares of its height, (2,).
        blur (float): Strength of motion and defocus.
        bodies (Optional[np.ndarray]): Where bodies are, 0 to 1, (H, W);
            needed where ``look.comb`` is not 0. Defaults to None.

    Returns:
        np.ndarray: BGR uint8, (H, W, 3).
    """
    height, width = image.shape[:2]
    path = (look.pan + motion * blur) * size
    image = blur_motion(image, *path)
    sigma = look.defocus * size
    if sigma > 0.3:
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    if look.soft < 0.98 and min(height, width) > 24:
        small = cv2.resize(image, (max(int(width * look.soft), 8),
                                   max(int(height * look.soft), 8)),
                           interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height),
                           interpolation=cv2.INTER_LINEAR)
    if look.interlaced and height > 48:
        shift = float(np.clip(path[0] * 0.6, -4, 4))
        if abs(shift) >= 0.5:
            moved = np.float32(((1, 0, shift), (0, 1, 0)))
            image = image.copy()
            image[1::2] = cv2.warpAffine(
                image, moved, (width, height),
                borderMode=cv2.BORDER_REPLICATE)[1::2]
    if look.interlaced and look.comb and height > 32:
        shift = rng.normal(0, look.comb) * size + 1.5 * motion[0] * size
        image = comb_bodies(image, bodies, float(
            np.clip(shift, -0.035 * size, 0.035 * size)))
    if look.sharpening:
        image = image + np.float32(look.sharpening) * (
            image - cv2.GaussianBlur(image, (0, 0), 1.))
    image = image * look.gains.astype(np.float32)
    grey = image @ np.float32((0.114, 0.587, 0.299))
    image = grey[..., None] + np.float32(look.saturation) * (
        image - grey[..., None])
    image += rng.standard_normal(image.shape[:2],
                                 np.float32)[..., None] * look.noise
    image = np.clip(image, 0, 255).astype(np.uint8)
    curve = np.arange(256, dtype=np.float32) / 255
    curve = 255 * ((1 - look.haze) * curve**look.gamma + look.haze * 0.75)
    image = cv2.LUT(image, curve.clip(0, 255).astype(np.uint8))
    if look.quality:
        quality = int(np.clip(look.quality + rng.integers(-8, 9), 5, 98))
        _, code = cv2.imencode('.jpg', image,
                               (cv2.IMWRITE_JPEG_QUALITY, quality))
        image = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return image
