"""The models of this package by their names."""

import functools
from pathlib import Path

from mmpretrain.apis.model import ModelHub

_PACKAGE = Path(__file__).parents[1]


@functools.lru_cache(maxsize=None)
def register_models() -> None:
    """Put our models into MMPretrain's list, so that
    ``mmpretrain.list_models`` and ``mmpretrain.get_model`` know their names.

    The index lies in ``.mim`` of an installed package, and at the root of a
    checkout; without one there are no names. Called once, when ``snreid_mm``
    is imported.
    """
    for folder in (_PACKAGE / '.mim', _PACKAGE.parent):
        index = folder / 'model-index.yml'
        if index.is_file():
            ModelHub.register_model_index(index, config_prefix=folder)
            return
