"""What matching reads and writes: its settings, saved embeddings, pixels."""

import io
import json
import zipfile
from pathlib import Path
from typing import (Any, Dict, List, Mapping, NamedTuple, Optional, Sequence,
                    Tuple, Union)

import cv2
import numpy as np
from tqdm import tqdm

from snreid_mm.structures import Crops
from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.strict_json import parse_json
from ..functional.matching import (FRAME_CUES, Matching, OwnFrameClassifier,
                                   frame_cues)

_FIT = 'fit one with tools/analysis_tools/fit_own_frame.py'
_TUNE = 'tune them with tools/analysis_tools/tune_matching.py'
_SAVE = ('save them with the option embeddings_file of '
         'ActionRetrievalMetric')


class SavedEmbeddings(NamedTuple):
    """The embeddings of a split, and of which crops they are.

    Args:
        split (str): The split, ``''`` where the data set did not say.
        query (Crops): The Q queries, without labels.
        gallery (Crops): The G gallery crops, without labels.
        query_embeddings (np.ndarray): Shape (Q, D), float32.
        gallery_embeddings (np.ndarray): Shape (G, D), float32.
    """

    split: str
    query: Crops
    gallery: Crops
    query_embeddings: np.ndarray
    gallery_embeddings: np.ndarray


def write_embeddings(path: Union[str, Path], saved: SavedEmbeddings) -> None:
    """Write the embeddings of a split, whole or not at all.

    Args:
        path (str | Path): The ``.npz`` file.
        saved (SavedEmbeddings): What to write; no label is.
    """
    data = io.BytesIO()
    np.savez(
        data,
        split=saved.split,
        query_embeddings=saved.query_embeddings,
        gallery_embeddings=saved.gallery_embeddings,
        **{
            f'{subset}_{key}': getattr(getattr(saved, subset), key)
            for subset in ('query', 'gallery')
            for key in ('bbox_idx', 'action_idx')
        })
    write_atomically(path, data.getvalue())


def read_embeddings(path: Union[str, Path]) -> SavedEmbeddings:
    """Read what :func:`write_embeddings` wrote.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds something else.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'There is no file {path}: correct the path, '
                                f'or {_SAVE}.')
    try:
        with np.load(path, allow_pickle=False) as data:
            lists = [
                Crops(data[f'{subset}_bbox_idx'], data[f'{subset}_action_idx'],
                      kind=kind)
                for subset, kind in (('query', 'query'), ('gallery',
                                                          'gallery crop'))
            ]
            return SavedEmbeddings(
                str(data['split']), *lists, data['query_embeddings'],
                data['gallery_embeddings'])
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f'{path} holds no embeddings of a split ({error}); '
                         f'{_SAVE}.') from error


def join_records(saved: SavedEmbeddings,
                 records: Sequence[Mapping]) -> SavedEmbeddings:
    """Give saved crops the names and labels of a split's index.

    Args:
        saved (SavedEmbeddings): The embeddings of the split.
        records (Sequence[Mapping]): Its index, see
            :func:`~snreid_mm.soccernet.load_index`.

    Returns:
        SavedEmbeddings: The same, with all columns that :class:`Crops` has.

    Raises:
        ValueError: If the crops are not those of the index.
    """
    columns = []
    for subset in ('query', 'gallery'):
        crops = getattr(saved, subset)
        index = {
            (record['bbox_idx'], record['action_idx']): record
            for record in records if record['subset'] == subset
        }
        keys = list(zip(crops.bbox_idx.tolist(), crops.action_idx.tolist()))
        if set(keys) != set(index):
            different = len(set(keys) ^ set(index))
            raise ValueError(
                f'The saved embeddings are not those of this split: its '
                f'{subset} list has {len(index)} crops, the file {len(keys)}, '
                f'and {different} are in one alone. Name the data that they '
                'were computed on.')
        columns.append(
            Crops.from_records([index[key] for key in keys], crops.kind))
    return saved._replace(query=columns[0], gallery=columns[1])


def write_own_frame(path: Union[str, Path], classifier: OwnFrameClassifier,
                    fitted_on: Dict) -> None:
    """Write an own-frame classifier and what it was fitted on, as JSON."""
    write_atomically(
        path,
        json.dumps(
            dict(fitted_on=fitted_on, **classifier.to_dict()), indent=1))


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
        return OwnFrameClassifier(content['scale'], content['weights'],
                                  content['bias'])
    except (KeyError, TypeError) as error:
        raise ValueError(f'{source} holds no own-frame classifier ({error}); '
                         f'{_FIT}.') from None


def read_cues(path: str) -> np.ndarray:
    """Read an image and compute its :func:`frame_cues`.

    Raises:
        ValueError: If it cannot be read.
    """
    image = cv2.imread(path)
    if image is None:
        raise ValueError(f'{path} cannot be read as an image: fetch the data '
                         'set again.')
    return frame_cues(image)


def log_elsewhere_of(classifier: OwnFrameClassifier, query: Crops,
                     gallery: Crops) -> np.ndarray:
    """Read all images of a split, and compute the log-probability of each
    gallery crop, shape (G, ), of not standing in the queries' own frame.

    Args:
        classifier (OwnFrameClassifier): The classifier.
        query (Crops): The queries, named by their paths.
        gallery (Crops): The gallery, likewise.
    """
    cues = [
        np.stack([read_cues(path) for path in tqdm(
            crops.names, unit='crop', desc=f'cues of each {crops.kind}')])
        for crops in (query, gallery)
    ]
    return classifier.log_elsewhere(*cues, query, gallery)
