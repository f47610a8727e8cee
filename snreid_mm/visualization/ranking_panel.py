"""Pictures of rankings: a query and what was ranked first for it."""

from dataclasses import dataclass
from typing import List, Optional, Sequence

import numpy as np
from PIL import Image, ImageDraw

from .drawing import (FAINT, INK, LINE, MARGIN, NAME_SIZE, PAPER, TITLE_LINE,
                      TITLE_SIZE, check_image, draw_heading, enlarge, font,
                      from_bgr, to_bgr, wrap_title)

# All in pixels.
CELL_HEIGHT, CELL_WIDTH = 208, 104
FRAME = 4
GAP = 14
QUERY_GAP = 40
HEADER_SIZE = 14

# RGB.
_CELL = (238, 239, 241)
_RULE = (214, 216, 220)
_QUERY = (38, 84, 164)
_RIGHT = (22, 148, 72)
_WRONG = (206, 44, 44)
_UNKNOWN = (150, 153, 158)


@dataclass
class RankedImage:
    """One crop in a picture.

    Args:
        image (np.ndarray): Shape (H, W, 3), uint8, BGR.
        name (str): What is written under it, such as its file name.
            Defaults to ''.
        correct (bool, optional): Whether it shows the person of the query.
            None if nobody knows. Defaults to None.
    """

    image: np.ndarray
    name: str = ''
    correct: Optional[bool] = None

    def __post_init__(self):
        check_image(self.image, self.name)


def panel_width(columns: int) -> int:
    """Width of a picture with a query and some gallery crops.

    Args:
        columns (int): Gallery crops in a row.

    Returns:
        int: In pixels.
    """
    return _cell_left(columns) - GAP + MARGIN


def draw_ranking(query: RankedImage,
                 gallery: Sequence[RankedImage],
                 title: str = '',
                 columns: Optional[int] = None) -> np.ndarray:
    """Draw one ranking: the query, then its gallery crops, best first.

    A gallery crop has a green frame and a check mark if it shows the query's
    person, a red frame and a cross if not, and a grey frame if nobody knows.
    All crops get cells of one size and keep their own proportions.

    Args:
        query (RankedImage): The query.
        gallery (Sequence[RankedImage]): The gallery crops, best first.
        title (str): A line above them. Defaults to ''.
        columns (int, optional): Gallery crops to leave room for. Defaults to
            None, as many as there are.

    Returns:
        np.ndarray: Shape (H, W, 3), uint8, BGR, W as :func:`panel_width`
        says.

    Raises:
        ValueError: If there are more gallery crops than columns.
    """
    columns = len(gallery) if columns is None else columns
    if len(gallery) > columns:
        raise ValueError(f'{len(gallery)} gallery crops do not fit into '
                         f'{columns} columns.')
    width = panel_width(columns)
    titles = wrap_title(title, width)
    names = [_wrap_name(crop.name) for crop in (query, *gallery)]
    cell_top = 4 + len(titles) * TITLE_LINE + FRAME
    name_top = cell_top + CELL_HEIGHT + FRAME + 6
    height = name_top + max(map(len, names)) * LINE + 14
    canvas = Image.new('RGB', (width, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    for i, line in enumerate(titles):
        draw.text((MARGIN, 4 + i * TITLE_LINE), line,
                  font=font(TITLE_SIZE, bold=True), fill=INK)
    for column, crop in enumerate((query, *gallery)):
        left = _cell_left(column - 1)
        colour = _QUERY if column == 0 else _colour(crop.correct)
        _draw_cell(canvas, draw, crop, left, cell_top, colour)
        if column and crop.correct is not None:
            _draw_badge(draw, left, cell_top, crop.correct, colour)
        for i, line in enumerate(names[column]):
            draw.text((left, name_top + i * LINE), line,
                      font=font(NAME_SIZE), fill=FAINT)
    return to_bgr(canvas)


def draw_panel(rows: Sequence[np.ndarray],
               columns: int,
               heading: str = '') -> np.ndarray:
    """Stack rankings under a header with the ranks.

    Args:
        rows (Sequence[np.ndarray]): Rankings that :func:`draw_ranking` drew
            with these ``columns``.
        columns (int): Gallery crops in a row.
        heading (str): A line at the top. Defaults to ''.

    Returns:
        np.ndarray: Shape (H, W, 3), uint8, BGR.
    """
    width = panel_width(columns)
    headings = wrap_title(heading, width)
    header_top = MARGIN + len(headings) * TITLE_LINE + 4 * bool(headings)
    header = Image.new('RGB', (width, header_top + HEADER_SIZE + 16), PAPER)
    draw = ImageDraw.Draw(header)
    draw_heading(draw, headings)
    labels = ['Query', *(str(rank) for rank in range(1, columns + 1))]
    for column, label in enumerate(labels):
        centre = _cell_left(column - 1) + CELL_WIDTH / 2
        draw.text((centre, header_top), label,
                  font=font(HEADER_SIZE, bold=True), fill=INK, anchor='ma')
    parts = [to_bgr(header)]
    for row in rows:
        rule = np.full((15, width, 3), PAPER, np.uint8)
        rule[4, MARGIN:-MARGIN] = _RULE
        parts += [rule, row]
    parts.append(np.full((MARGIN // 2, width, 3), PAPER, np.uint8))
    return np.concatenate(parts)


def _cell_left(column: int) -> int:
    """Left edge of a gallery cell; -1 is the query's."""
    if column < 0:
        return MARGIN + FRAME
    step = CELL_WIDTH + 2 * FRAME + GAP
    return MARGIN + FRAME + step + (QUERY_GAP - GAP) + column * step


def _colour(correct: Optional[bool]):
    return {None: _UNKNOWN, True: _RIGHT, False: _WRONG}[correct]


def _draw_cell(canvas, draw, crop, left, top, colour):
    draw.rectangle((left - FRAME, top - FRAME, left + CELL_WIDTH + FRAME - 1,
                    top + CELL_HEIGHT + FRAME - 1), fill=colour)
    draw.rectangle((left, top, left + CELL_WIDTH - 1, top + CELL_HEIGHT - 1),
                   fill=_CELL)
    height, width = crop.image.shape[:2]
    scale = min(CELL_WIDTH / width, CELL_HEIGHT / height)
    image = enlarge(crop.image, scale)
    canvas.paste(
        from_bgr(image), (left + (CELL_WIDTH - image.shape[1]) // 2, top +
                          (CELL_HEIGHT - image.shape[0]) // 2))


def _draw_badge(draw, left, top, correct, colour):
    # A sign as well as a colour: not everybody can tell red from green.
    side = 19
    draw.rectangle((left, top, left + side - 1, top + side - 1), fill=colour)
    draw.text((left + side / 2, top + side / 2), '✓' if correct else '✗',
              font=font(14, bold=True), fill=PAPER, anchor='mm')


def _wrap_name(name: str) -> List[str]:
    """Break a file name into lines as wide as a cell, best after a dash."""
    letters = font(NAME_SIZE)
    lines, line = [], ''
    for part in name.replace('-', '-\n').replace('_', '_\n').split('\n'):
        if letters.getlength(line + part) <= CELL_WIDTH:
            line += part
            continue
        if line:
            lines.append(line)
        line = ''
        for character in part:
            if letters.getlength(line + character) > CELL_WIDTH:
                lines.append(line)
                line = ''
            line += character
    return [*lines, line] if line else lines
