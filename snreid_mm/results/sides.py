"""The ranking files of two models, read to be compared."""

from typing import Dict, Sequence

import numpy as np

from snreid_mm.evaluation.functional import Side, score_rankings
from snreid_mm.soccernet import (check_ranking, read_ground_truth,
                                 read_ranking_file)
from snreid_mm.structures import Crops


def read_side(name: str, paths: Sequence[str], query: Crops,
              gallery: Crops) -> Side:
    """Read the ranking files of one model, such as those of its seeds.

    Args:
        name (str): What the tables call it.
        paths (Sequence[str]): The ranking files, ``.json`` or ``.zip``.
        query (Crops): The queries of the ground truth.
        gallery (Crops): Its gallery.

    Returns:
        Side: The scores of each query, of every file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If one does not rank exactly this split.
    """
    columns = []
    for path in paths:
        rankings = check_ranking(read_ranking_file(path), query, gallery, path)
        scores = score_rankings(rankings, query, gallery)
        right = scores.first_match == 1
        column = [scores.average_precision, right]
        if query.role is not None and gallery.role is not None:
            first = rankings.gallery[rankings.offsets[:-1]]
            same = np.asarray(gallery.role)[first] == np.asarray(query.role)
            column += [same & ~right, ~same & ~right]
        columns.append(column)
    precision, right, *classes = map(np.stack, zip(*columns))
    return Side(name, precision, right.astype(float),
                *(column.mean(0) for column in classes))


def load(ground_truth: str, sides: Dict[str, Sequence[str]]):
    """Read a ``bbox_info.json`` and the ranking files of each model: the
    queries, the gallery and the models' scores."""
    query, gallery = read_ground_truth(ground_truth)
    return query, gallery, [
        read_side(name, paths, query, gallery)
        for name, paths in sides.items()
    ]
