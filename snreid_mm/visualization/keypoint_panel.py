"""Pictures of keypoints: crops, and the joints that a model has found.

MMPose's ``PoseLocalVisualizer`` leaves out the joints of a low score and draws
the truth on a picture of its own; here both stand on the crop.
"""

from dataclasses import dataclass, field
from typing import List, Optional, Sequence, Tuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

from .drawing import (FAINT, INK, LINE, MARGIN, NAME_SIZE, PAPER, TITLE_LINE,
                      check_image, draw_heading, enlarge, font, from_bgr,
                      to_bgr, wrap_title)

# All in pixels.
CROP_HEIGHT = 300
PANEL_WIDTH = 1600
GAP = 16
JOINT, LINK, CROSS = 4, 2, 4

_DARK = (20, 20, 20)
# How much of a link to a joint of low score is seen.
_FAINTNESS = 0.4
# OpenCV counts in 1/16 of a pixel.
_SHIFT = 4


@dataclass
class Skeleton:
    """Which joints there are, and how they are drawn.

    Note:
        - K: joints
        - L: links

    Args:
        names (Sequence[str]): The K names.
        links (np.ndarray): Shape (L, 2), the two joints of each link.
        joint_colours (np.ndarray): Shape (K, 3), RGB, 0 to 255.
        link_colours (np.ndarray): Shape (L, 3), RGB, 0 to 255.
    """

    names: Sequence[str]
    links: np.ndarray
    joint_colours: np.ndarray
    link_colours: np.ndarray

    @classmethod
    def from_dataset_meta(cls, meta: dict) -> 'Skeleton':
        """Read it from what MMPose's data sets and checkpoints have.

        Args:
            meta (dict): ``dataset_meta``.

        Returns:
            Skeleton: The skeleton.
        """
        names = meta['keypoint_id2name']
        return cls([names[i] for i in range(len(names))],
                   np.reshape(meta['skeleton_links'], (-1, 2)).astype(int),
                   np.reshape(meta['keypoint_colors'], (-1, 3)),
                   np.reshape(meta['skeleton_link_colors'], (-1, 3)))

    def legend(self) -> List[Tuple[str, tuple]]:
        """List the colours of the two sides of the body.

        Returns:
            list[tuple[str, tuple]]: A word and its RGB colour.
        """
        entries = []
        for side in ('left', 'right'):
            colours = [
                tuple(colour) for name, colour in zip(self.names,
                                                      self.joint_colours)
                if name.startswith(f'{side}_')
            ]
            if colours:  # The face has a colour of its own in COCO.
                common = max(set(colours), key=colours.count)
                entries.append((side, tuple(int(c) for c in common)))
        return entries


@dataclass
class PosedCrop:
    """One crop and its joints.

    Args:
        image (np.ndarray): Shape (H, W, 3), uint8, BGR.
        keypoints (np.ndarray): Shape (K, 2), x and y in the crop's pixels.
        scores (np.ndarray): Shape (K, ), how sure the model is of each.
        caption (Sequence[str]): Lines that are written under it.
        truth (np.ndarray, optional): Shape (K, 2), where the joints really
            are.
        truth_visible (np.ndarray, optional): Shape (K, ), which of
            them are known. Defaults to None, all.
        name (str): What it is called in messages.
    """

    image: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray
    caption: Sequence[str] = field(default_factory=tuple)
    truth: Optional[np.ndarray] = None
    truth_visible: Optional[np.ndarray] = None
    name: str = ''

    def __post_init__(self):
        check_image(self.image, self.name)
        joints = len(self.keypoints)
        for key, shape in (('keypoints', (joints, 2)), ('scores', (joints, )),
                           ('truth', (joints, 2)), ('truth_visible',
                                                    (joints, ))):
            value = getattr(self, key)
            if value is None:
                continue
            value = np.asarray(value)
            setattr(self, key, value)
            if value.shape != shape:
                raise ValueError(f'{key} of {self.name!r} must be of shape '
                                 f'{shape}, but is {value.shape}.')


def draw_keypoints(crop: PosedCrop,
                   skeleton: Skeleton,
                   height: int = CROP_HEIGHT,
                   score_thr: float = 0.3) -> np.ndarray:
    """Draw joints and their links on an enlarged crop.

    A joint is a disc; a ring if its score is low, and then its links are
    faint. The truth is a cross.

    Args:
        crop (PosedCrop): The crop.
        skeleton (Skeleton): What its joints are.
        height (int): To which the crop is enlarged, in pixels; a crop much
            wider than high becomes as wide as a panel has room for. Defaults
            to 300.
        score_thr (float): The score below which a joint is a ring. Defaults
            to 0.3.

    Returns:
        np.ndarray: Shape (h, w, 3), uint8, BGR.
    """
    scale = min(height / crop.image.shape[0],
                (PANEL_WIDTH - 2 * MARGIN) / crop.image.shape[1])
    canvas = np.ascontiguousarray(enlarge(crop.image, scale))
    points = crop.keypoints * scale
    found = np.isfinite(points).all(axis=1)
    sure = found & (crop.scores >= score_thr)
    faint = canvas.copy()
    for each, kept in ((faint, False), (canvas, True)):
        for (a, b), colour in zip(skeleton.links, skeleton.link_colours):
            if found[a] and found[b] and (sure[a] and sure[b]) == kept:
                # Dark below, so that green is seen on grass.
                _line(each, points[a], points[b], _DARK, LINK + 2)
                _line(each, points[a], points[b], colour, LINK)
        if not kept:
            cv2.addWeighted(faint, _FAINTNESS, canvas, 1 - _FAINTNESS, 0,
                            canvas)
    if crop.truth is not None:
        known = np.ones(len(points), bool) if crop.truth_visible is None \
            else crop.truth_visible.astype(bool)
        for point, colour in zip(crop.truth[known] * scale,
                                 skeleton.joint_colours[known]):
            _cross(canvas, point, colour)
    for i in np.flatnonzero(found):
        _disc(canvas, points[i], skeleton.joint_colours[i], filled=sure[i])
    return canvas


def draw_keypoint_panel(crops: Sequence[PosedCrop],
                        skeleton: Skeleton,
                        heading: str = '',
                        height: int = CROP_HEIGHT,
                        score_thr: float = 0.3) -> np.ndarray:
    """Draw crops with their joints, row by row, over a key to the signs.

    Args:
        crops (Sequence[PosedCrop]): The crops.
        skeleton (Skeleton): What their joints are.
        heading (str): A line at the top. Defaults to ''.
        height (int): Of every crop, in pixels; see :func:`draw_keypoints`.
        score_thr (float): See :func:`draw_keypoints`.

    Returns:
        np.ndarray: Shape (H, PANEL_WIDTH, 3), uint8, BGR.
    """
    tiles = [
        _tile(draw_keypoints(crop, skeleton, height, score_thr), crop.caption)
        for crop in crops
    ]
    with_truth = any(crop.truth is not None for crop in crops)
    parts = [_header(heading, skeleton, score_thr, with_truth)]
    for row in _rows(tiles):
        canvas = Image.new(
            'RGB', (PANEL_WIDTH, max(tile.height for tile in row) + GAP),
            PAPER)
        left = MARGIN
        for tile in row:
            canvas.paste(tile, (left, 0))
            left += tile.width + GAP
        parts.append(to_bgr(canvas))
    return np.concatenate(parts)


def _rows(tiles: List[Image.Image]) -> List[List[Image.Image]]:
    """Fill one row after the other."""
    rows: List[List[Image.Image]] = [[]]
    left = MARGIN
    for tile in tiles:
        if rows[-1] and left + tile.width > PANEL_WIDTH - MARGIN:
            rows.append([])
            left = MARGIN
        rows[-1].append(tile)
        left += tile.width + GAP
    return rows


def _tile(image: np.ndarray, caption: Sequence[str]) -> Image.Image:
    letters = font(NAME_SIZE)
    width = max([image.shape[1], *(int(letters.getlength(line)) + 1
                                   for line in caption)])
    tile = Image.new('RGB', (width, len(image) + 4 + LINE * len(caption)),
                     PAPER)
    tile.paste(from_bgr(image), (0, 0))
    draw = ImageDraw.Draw(tile)
    for i, line in enumerate(caption):
        draw.text((0, len(image) + 4 + i * LINE), line, font=letters,
                  fill=FAINT)
    return tile


def _header(heading: str, skeleton: Skeleton, score_thr: float,
            with_truth: bool) -> np.ndarray:
    """Draw the heading, and a key to the signs with the signs themselves."""
    lines = wrap_title(heading, PANEL_WIDTH)
    middle = MARGIN + len(lines) * TITLE_LINE + 8
    canvas = Image.new('RGB', (PANEL_WIDTH, middle + 24), PAPER)
    draw_heading(ImageDraw.Draw(canvas), lines)
    picture = to_bgr(canvas)
    sides = skeleton.legend()
    grey = FAINT if not sides else sides[0][1]
    entries = [(f'the player\'s {word}', colour, 'line')
               for word, colour in sides]
    entries += [(f'score of at least {score_thr:g}', grey, 'disc'),
                ('less', grey, 'ring')]
    if with_truth:
        entries.append(('truth', grey, 'cross'))
    left, labels = MARGIN, []
    for text, colour, sign in entries:
        centre = np.array((left + 8., middle))
        if sign == 'line':
            _line(picture, centre - (8, 0), centre + (8, 0), colour, 4)
        elif sign == 'cross':
            _cross(picture, centre, colour)
        else:
            _disc(picture, centre, colour, filled=sign == 'disc')
        labels.append((left + 24, text))
        left += 24 + int(font(NAME_SIZE).getlength(text)) + 24
    canvas = from_bgr(picture)
    draw = ImageDraw.Draw(canvas)
    for x, text in labels:
        draw.text((x, middle), text, font=font(NAME_SIZE), fill=INK,
                  anchor='lm')
    return to_bgr(canvas)


def _fixed(point) -> Tuple[int, int]:
    """Convert a point to OpenCV's count: a pixel's middle is whole."""
    return tuple(int(round((c - 0.5) * 2**_SHIFT)) for c in point)


def _bgr(colour) -> Tuple[int, int, int]:
    return tuple(int(c) for c in colour[::-1])


def _line(image, start, end, colour, width: int) -> None:
    cv2.line(image, _fixed(start), _fixed(end), _bgr(colour), width,
             cv2.LINE_AA, _SHIFT)


def _disc(image, point, colour, filled: bool) -> None:
    centre, radius = _fixed(point), JOINT << _SHIFT
    cv2.circle(image, centre, radius + (1 << _SHIFT), _DARK,
               -1 if filled else 1, cv2.LINE_AA, _SHIFT)
    cv2.circle(image, centre, radius, _bgr(colour), -1 if filled else 2,
               cv2.LINE_AA, _SHIFT)


def _cross(image, point, colour) -> None:
    for tone, width, arm in ((_DARK, 3, CROSS + 1), (colour, 1, CROSS)):
        for direction in ((arm, arm), (arm, -arm)):
            _line(image, np.subtract(point, direction),
                  np.add(point, direction), tone, width)
