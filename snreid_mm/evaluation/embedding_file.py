"""The embeddings of a split as a file."""

import io
from pathlib import Path
from typing import Mapping, NamedTuple, Optional, Sequence, Union
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np

from snreid_mm.structures import Crops
from snreid_mm.utils.files import write_atomically
from snreid_mm.utils.frame_cues import FRAME_CUES

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
        query_cues (np.ndarray, optional): Shape (Q, C), what
            :func:`~.functional.matching.frame_cues` measured. Defaults to
            None: not measured.
        gallery_cues (np.ndarray, optional): Shape (G, C), likewise.
    """

    split: str
    query: Crops
    gallery: Crops
    query_embeddings: np.ndarray
    gallery_embeddings: np.ndarray
    query_cues: Optional[np.ndarray] = None
    gallery_cues: Optional[np.ndarray] = None


def write_embeddings(path: Union[str, Path], saved: SavedEmbeddings) -> None:
    """Write the embeddings of a split, whole or not at all.

    Args:
        path (str | Path): The ``.npz`` file.
        saved (SavedEmbeddings): What to write; no label is.
    """
    cues = {} if saved.query_cues is None else dict(
        cues=FRAME_CUES,
        query_cues=saved.query_cues,
        gallery_cues=saved.gallery_cues)
    data = io.BytesIO()
    np.savez(
        data,
        split=saved.split,
        query_embeddings=saved.query_embeddings,
        gallery_embeddings=saved.gallery_embeddings,
        **cues,
        **{
            f'{subset}_{key}': getattr(getattr(saved, subset), key)
            for subset in ('query', 'gallery')
            for key in ('bbox_idx', 'action_idx')
        })
    write_atomically(path, data.getvalue())


def read_embeddings(path: Union[str, Path]) -> SavedEmbeddings:
    """Read what :func:`write_embeddings` wrote.

    Cues of other names than this version measures are left out.

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
            kinds = ['embeddings']
            if 'cues' in data and tuple(data['cues']) == FRAME_CUES:
                kinds.append('cues')
            arrays = []
            for kind in kinds:
                for crops, subset in zip(lists, ('query', 'gallery')):
                    array = data[f'{subset}_{kind}']
                    if array.ndim != 2 or array.dtype.kind != 'f' or (
                            len(array) != len(crops)):
                        raise ValueError(
                            f'{len(crops)} {crops.kind} {kind} cannot be '
                            f'{array.dtype} of shape {array.shape}')
                    arrays.append(array)
            return SavedEmbeddings(str(data['split']), *lists, *arrays)
    # One array without a name is no context manager, which is a TypeError, or
    # in Python 3.10 an AttributeError.
    except (AttributeError, BadZipFile, EOFError, KeyError, TypeError,
            ValueError, ZlibError) as error:
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
