"""What is printed on a shirt beside the number: a sponsor, a name."""

from dataclasses import replace
from typing import List

import cv2
import numpy as np

from .squad import Person, is_player

_SPONSORS = ('NORDBANK', 'AEROLINE', 'KOLA', 'PNEUMA', 'MOBILIS', 'ENERGIA',
             'RADIO 7', 'SECURA', 'FLYBIRD', 'VIAGGI', 'TELCO', 'BETSY')
_START = ('Al', 'Bor', 'Ca', 'Da', 'Er', 'Fer', 'Gar', 'Hol', 'Ib', 'Jo',
          'Kar', 'Lu', 'Mar', 'Nav', 'Ol', 'Per', 'Ro', 'Sil', 'To', 'Ver')
_END = ('vez', 'ic', 'son', 'ski', 'ri', 'mann', 'do', 'lo', 'nes', 'bek',
        'ton', 'va', 'aldi', 'ens', 'our')
_ROWS, _COLUMNS = 32, 256


def text_mask(text: str, wide: int, bold: int = 3) -> np.ndarray:
    """A line of text as a mask.

    Args:
        text (str): The text.
        wide (int): Its width in columns, up to 256.
        bold (int): Pixels of a stroke. Defaults to 3.

    Returns:
        np.ndarray: uint8 of 0 or 1, (32, 256); the text is centred and as
        high as the mask.
    """
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 1.,
                                         bold)
    canvas = np.zeros((height + 8, width + 8), np.uint8)
    cv2.putText(canvas, text, (4, height + 4), cv2.FONT_HERSHEY_DUPLEX, 1.,
                255, bold, cv2.LINE_AA)
    line = cv2.resize(canvas, (wide, _ROWS), interpolation=cv2.INTER_AREA)
    mask = np.zeros((_ROWS, _COLUMNS), np.uint8)
    left = (_COLUMNS - wide) // 2
    mask[:, left:left + wide] = line > 100
    return mask


def letter_shirts(rng: np.random.Generator, people: List[Person],
                  share: float) -> List[Person]:
    """Print sponsors and names on the shirts of some of the teams.

    Args:
        rng (np.random.Generator): The source of chance.
        people (List[Person]): The people of a match.
        share (float): Share of the teams that have them.

    Returns:
        List[Person]: The people; referees and staff as they were.
    """
    sponsors, out = {}, []
    for person in people:
        if not is_player(person.role):
            out.append(person)
            continue
        side = person.role.rsplit('_', 1)[1]
        if side not in sponsors:
            printed = rng.random() < share
            sponsors[side] = text_mask(
                _SPONSORS[rng.integers(len(_SPONSORS))],
                int(rng.integers(180, 257)),
                int(rng.integers(2, 6))) if printed else None
        name = (_START[rng.integers(len(_START))] +
                _END[rng.integers(len(_END))])
        if sponsors[side] is not None:
            person = replace(
                person,
                sponsor_mask=sponsors[side],
                name_mask=text_mask(name.upper(),
                                    min(30 * len(name), _COLUMNS)))
        out.append(person)
    return out
