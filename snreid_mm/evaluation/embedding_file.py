"""The embeddings of a split as a file."""

from pathlib import Path
from typing import Tuple, Union
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np

from snreid_mm.structures import Crops


def read_embeddings(path: Union[str, Path], query: Crops,
                    gallery: Crops) -> Tuple[np.ndarray, np.ndarray]:
    """Read the embeddings of a split's crops.

    The file is NumPy's ``.npz`` with the arrays ``query_embeddings`` (Q, D)
    and ``query_bbox_idx`` (Q, ), ``gallery_embeddings`` (G, D) and
    ``gallery_bbox_idx`` (G, ), in any order of the crops. It is read without
    pickle.

    Args:
        path (str | Path): The file.
        query (Crops): The Q queries of the split.
        gallery (Crops): Its gallery.

    Returns:
        tuple[np.ndarray, np.ndarray]: The embeddings in the order of
        ``query`` and of ``gallery``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it lacks an array, or is not of exactly these crops.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except FileNotFoundError:
        raise
    # One array without a name is no context manager, which Python 3.10 says
    # by an AttributeError.
    except (BadZipFile, ZlibError, ValueError, OSError, EOFError, TypeError,
            AttributeError) as error:
        raise ValueError(f'{path} is no .npz file of arrays ({error}): save '
                         'the embeddings again.') from error
    return (_select(arrays, 'query', query, path),
            _select(arrays, 'gallery', gallery, path))


def _select(arrays: dict, subset: str, crops: Crops,
            path: Union[str, Path]) -> np.ndarray:
    names = f'{subset}_embeddings', f'{subset}_bbox_idx'
    for name, dimensions, kinds in zip(names, (2, 1), ('f', 'iu')):
        array = arrays.get(name)
        if array is None or array.ndim != dimensions or \
                array.dtype.kind not in kinds:
            found = 'nothing' if array is None else (
                f'{array.dtype} of shape {array.shape}')
            raise ValueError(
                f'{path} must hold {name}, an array of '
                f'{"floats" if kinds == "f" else "integers"} of {dimensions} '
                f'dimension{"s" if dimensions > 1 else ""}, but holds '
                f'{found}: save the embeddings again.')
    embeddings, bbox = (arrays[name] for name in names)
    order = np.argsort(bbox, kind='stable')
    wanted = np.argsort(crops.bbox_idx, kind='stable')
    if len(embeddings) != len(bbox) or not np.array_equal(
            bbox[order], crops.bbox_idx[wanted]):
        raise ValueError(
            f'{path} has {len(embeddings)} {subset} embeddings of '
            f'{len(np.unique(bbox))} crops, which are not the {len(crops)} of '
            'the split: give the file that was made of this split.')
    result = np.empty_like(embeddings)
    result[wanted] = embeddings[order]
    return result
