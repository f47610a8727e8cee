"""What matching reads and writes: its settings and classifier, pixels."""

import json
import os
from dataclasses import fields
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
from tqdm import tqdm

from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.images import read_image
from snreid_mm.utils.strict_json import parse_json
from ..embedding_file import SavedEmbeddings
from ..functional.matching import (FRAME_CUES, Matching, OwnFrameClassifier,
                                   frame_cues)

_PORTION = 8  # the crops that a thread reads at a time
_FIT = 'fit one with tools/analysis_tools/fit_own_frame.py'
_TUNE = 'tune them with tools/analysis_tools/tune_matching.py'


def write_own_frame(path: Union[str, Path], classifier: OwnFrameClassifier,
                    fitted_on: Dict) -> None:
    """Write an own-frame classifier and what it was fitted on, as JSON."""
    write_atomically(
        path,
        json.dumps(dict(fitted_on=fitted_on, **classifier.to_dict())))


def read_own_frame(path: Union[str, Path]) -> OwnFrameClassifier:
    """Read an own-frame classifier.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds something else, or was fitted on other cues.
    """
    content = _read_json(path, _FIT)
    return _to_classifier(content, str(path))


def read_matching(path: Union[str, Path]
                  ) -> Tuple[List[Matching], Optional[OwnFrameClassifier]]:
    """Read the matchings that were tuned on valid.

    Args:
        path (str | Path): What tools/analysis_tools/tune_matching.py wrote.

    Returns:
        tuple[list[Matching], OwnFrameClassifier | None]: The matchings, and
        the classifier that those with ``own_frame`` need.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds something else, or was not tuned on valid.
    """
    content = _read_json(path, _TUNE)
    try:
        split, methods = content['tuned_on']['split'], content['methods']
        own_frame = content['own_frame']
    except (KeyError, TypeError):
        raise ValueError(f'{path} holds no tuned matchings (tuned_on, '
                         f'methods, own_frame); {_TUNE}.') from None
    if split != 'valid':
        raise ValueError(f'{path} was tuned on {split!r}, but matchings may '
                         f'be tuned on valid alone; {_TUNE}.')
    if not isinstance(methods, list):
        raise ValueError(f'methods in {path} must be a list; {_TUNE}.')
    return ([Matching.from_dict(method) for method in methods], own_frame
            and _to_classifier(own_frame, f'own_frame in {path}'))


def _read_json(path: Union[str, Path], remedy: str) -> Any:
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no file {path}: correct the path, '
                                f'or {remedy}.')
    return parse_json(Path(path).read_bytes(), str(path), remedy)


def _to_classifier(content: Dict, source: str) -> OwnFrameClassifier:
    try:
        if content['cues'] != list(FRAME_CUES):
            raise ValueError(f'{source} was fitted on other cues than this '
                             f'version computes; {_FIT}.')
        return OwnFrameClassifier(
            *(content[field.name] for field in fields(OwnFrameClassifier)))
    except (KeyError, TypeError) as error:
        raise ValueError(f'{source} holds no own-frame classifier ({error}); '
                         f'{_FIT}.') from None


def read_cues(paths: Sequence[str], desc: Optional[str] = None) -> np.ndarray:
    """Read images, on all cores, and compute their :func:`frame_cues`.

    Args:
        paths (Sequence[str]): The files.
        desc (str, optional): What the progress bar says before them; without
            it there is none. Defaults to None.

    Returns:
        np.ndarray: Shape (N, C).

    Raises:
        ValueError: If one cannot be read.
    """
    # Threads, as OpenCV computes outside of Python's lock.
    cores = len(os.sched_getaffinity(0))
    with ThreadPool(min(cores, len(paths) // _PORTION + 1)) as pool:
        cues = pool.imap(_cues_of_file, paths, chunksize=_PORTION)
        return np.stack(
            list(
                tqdm(
                    cues,
                    total=len(paths),
                    unit='crop',
                    desc=desc,
                    disable=desc is None)))


def _cues_of_file(path: str) -> np.ndarray:
    return frame_cues(read_image(path))


def log_elsewhere_of(classifier: OwnFrameClassifier,
                     saved: SavedEmbeddings) -> np.ndarray:
    """Compute the log-probability of each gallery crop of a split, shape
    (G, ), of not standing in the queries' own frame.

    Args:
        classifier (OwnFrameClassifier): The classifier.
        saved (SavedEmbeddings): The split. Where it has no cues, its crops
            have the paths of their images as names, which are read.
    """
    # The classifier has no use for labels, and gets none.
    lists = saved.query.without_labels(), saved.gallery.without_labels()
    cues = saved.query_cues, saved.gallery_cues
    if saved.query_cues is None:
        cues = [
            read_cues(crops.names, f'cues of each {crops.kind}')
            for crops in lists
        ]
    return classifier.log_elsewhere(*cues, *lists)
