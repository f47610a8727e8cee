"""The stands of a broadcast: LED boards and a crowd with heads and arms, in
more detail than the first presets have."""

import cv2
import numpy as np

STAND_SCALE = 40  # texture pixels per metre
STAND_LENGTH = 59.  # metres, after which it repeats
STAND_HEIGHT = 16.
_BOARD = 0.9  # metres

_WORDS = ('NORDBANK', 'AEROLINE', 'KOLA', 'PNEUMA', 'MOBILIS', 'ENERGIA',
          'RADIO 7', 'AUTOHAUS', 'SECURA', 'KAFFEE', 'VIAGGI', 'SPORTIVO')
# Coats, shirts and scarves, BGR.
_CLOTHES = np.array(((30, 28, 28), (60, 52, 48), (92, 60, 40), (44, 44, 130),
                     (205, 205, 205), (150, 130, 100), (70, 90, 120),
                     (40, 40, 60)))
_SKIN = np.array(((150, 180, 225), (115, 150, 205), (75, 105, 160),
                  (45, 62, 104)))


def draw_stands(rng: np.random.Generator, crowd: float) -> np.ndarray:
    """Render the boards and the crowd above them.

    Args:
        rng (np.random.Generator): The source of chance.
        crowd (float): How near and how full the stands are, above 0 and up
            to 1.

    Returns:
        np.ndarray: BGR uint8, (H, W, 3); the last row is the ground.
    """
    k = STAND_SCALE
    h, w = int(STAND_HEIGHT * k), int(STAND_LENGTH * k)
    dark = rng.uniform(0.45, 0.95)
    image = np.empty((h, w, 3), np.uint8)
    image[:] = (np.array((64, 60, 58)) * dark).astype(np.uint8)
    # Supporters dress in one or two colours.
    home = rng.integers(30, 225, 3)
    shades = np.concatenate([_CLOTHES, np.tile(home, (5, 1))])
    bottom = h - int((_BOARD + 1.3 - 0.9 * crowd) * k)
    full = 0.6 + 0.38 * crowd
    # From the back row to the front one, which hides it.
    for y in range(int(0.6 * k), bottom, int(0.62 * k)):
        xs = np.arange(0, w, int(0.52 * k)) + rng.integers(0, int(0.3 * k))
        xs = xs[rng.random(len(xs)) < full]
        light = rng.uniform(0.6, 1.15, (len(xs), 1)) * dark
        cloth = (shades[rng.integers(len(shades), size=len(xs))] *
                 light).clip(0, 255)
        skin = (_SKIN[rng.integers(len(_SKIN), size=len(xs))] *
                light).clip(0, 255)
        lift = rng.integers(-4, 5, len(xs))
        hair = rng.random(len(xs)) < 0.75
        arms = rng.random(len(xs)) < 0.2
        for x, dy, c, s, haired, arm in zip(xs.tolist(), lift.tolist(),
                                            cloth.tolist(), skin.tolist(),
                                            hair.tolist(), arms.tolist()):
            top = y + dy
            cv2.ellipse(image, (x, top + 16), (8, 15), 0, 0, 360, c, -1)
            cv2.circle(image, (x, top - 3), 5, s, -1)
            if haired:
                cv2.ellipse(image, (x, top - 5), (5, 4), 0, 180, 360,
                            [v * 0.25 for v in c], -1)
            if arm:
                cv2.line(image, (x - 7, top + 6), (x - 10, top - 8), s, 3)
    image[bottom + 10:] = (np.array((78, 78, 80)) * dark).astype(np.uint8)
    _boards(rng, image)
    return image


def _boards(rng, image) -> None:
    """LED boards: one advertiser runs along many metres."""
    h, w = image.shape[:2]
    top, x = h - int(_BOARD * STAND_SCALE), 0
    while x < w:
        width = int(rng.uniform(8, 20) * STAND_SCALE)
        paint = rng.integers(0, 256, 3) * 0.75 + 10
        ink = (250, 250, 250) if paint.mean() < 130 else (16, 16, 16)
        cv2.rectangle(image, (x, top), (x + width, h), paint.tolist(), -1)
        word = _WORDS[rng.integers(len(_WORDS))]
        step = int(4.5 * STAND_SCALE)
        for left in range(x + 20, min(x + width, w) - step // 2, step):
            cv2.putText(image, word, (left, h - 9), cv2.FONT_HERSHEY_DUPLEX,
                        0.85, ink, 2, cv2.LINE_AA)
        x += width


def draw_turf(rng: np.random.Generator) -> np.ndarray:
    """Blades and wear of the grass: a tile that repeats, of mean 0 and
    deviation 1, float32, (256, 256)."""
    fine = rng.standard_normal((256, 256)).astype(np.float32)
    tile = np.zeros_like(fine)
    for sigma, share in ((0.6, 1.), (1.6, 0.8), (5., 0.7)):
        wrapped = cv2.copyMakeBorder(fine, 32, 32, 32, 32, cv2.BORDER_WRAP)
        smooth = cv2.GaussianBlur(wrapped, (0, 0), sigma)[32:-32, 32:-32]
        tile += share * smooth / smooth.std()
    return tile / tile.std()
