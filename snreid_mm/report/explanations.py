"""Which pairs of a report are explained, and the pictures of them."""

from pathlib import Path
from typing import Callable, Dict, List, Tuple

import cv2
import numpy as np
from tqdm import tqdm

from .analysis import Model, Report

# Draws why a query's file and a gallery crop's are found alike: uint8, RGB.
DrawPair = Callable[[str, str], np.ndarray]

_WIDTH, _QUALITY = 1400, 80


def choose_pairs(report: Report, number: int) -> List[Tuple[int, int]]:
    """Choose the pairs that are worth an explanation.

    Of the first model these are the worst, the nearest to the median and the
    best queries, as the page orders them. Each is paired with the crop ranked
    first for it and, where that is another person, with its match of the best
    rank.

    Args:
        report (Report): The report.
        number (int): How many queries of each kind.

    Returns:
        list[tuple[int, int]]: Positions in the queries and in the gallery.
    """
    model = report.models[0]
    # The page shows precisions to a tenth of a per cent, and sorts by them.
    shown = np.round(100 * model.average_precision, 1)
    middle = np.sort(shown)[len(shown) // 2]
    chosen: Dict[int, None] = {}  # each once, in this order
    for keys in (shown, abs(shown - middle), -shown):
        order = np.argsort(keys, kind='stable')
        chosen.update(dict.fromkeys(order[:number].tolist()))
    return [
        pair for query in sorted(chosen) for pair in _pairs(model, query)
    ]


def _pairs(model: Model, query: int) -> List[Tuple[int, int]]:
    ranking = model.rankings[query]
    ranks = {0, int(model.first_match[query]) - 1}
    return [(query, int(ranking[rank])) for rank in sorted(ranks)]


def write_explanations(report: Report, pairs: List[Tuple[int, int]],
                       draw: DrawPair, folder: Path,
                       progress: bool) -> Dict[int, List[int]]:
    """Write a picture of each pair, called by the two ``bbox_idx``.

    Args:
        report (Report): The report.
        pairs (list[tuple[int, int]]): See :func:`choose_pairs`.
        draw (DrawPair): Draws a pair.
        folder (Path): Where the pictures go.
        progress (bool): Whether to show a progress bar.

    Returns:
        dict[int, list[int]]: For each query that is explained, by its
        position, the ``bbox_idx`` of the gallery crops.
    """
    found: Dict[int, List[int]] = {}
    for query, other in tqdm(
            pairs, desc='explanations', unit='pair', disable=not progress):
        image = draw(report.query.names[query], report.gallery.names[other])
        height, width = image.shape[:2]
        if width > _WIDTH:
            size = _WIDTH, round(height * _WIDTH / width)
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        numbers = [int(side.bbox_idx[i]) for side, i in (
            (report.query, query), (report.gallery, other))]
        data = cv2.imencode('.webp', image[..., ::-1],
                            [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])[1]
        (folder / '{}-{}.webp'.format(*numbers)).write_bytes(data.tobytes())
        found.setdefault(query, []).append(numbers[1])
    return found
