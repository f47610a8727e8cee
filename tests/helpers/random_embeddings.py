"""Embeddings of a split that no model made."""

import numpy as np

from snreid_mm.evaluation.embedding_file import (SavedEmbeddings,
                                                 write_embeddings)
from snreid_mm.soccernet import load_index
from snreid_mm.structures import Crops


def save_random(path, root, split, named=None, seed=0):
    """Write random embeddings of a split; return the path."""
    records, rng = load_index(str(root), split), np.random.default_rng(seed)
    lists = [
        Crops.from_records([r for r in records if r['subset'] == subset])
        for subset in ('query', 'gallery')
    ]
    write_embeddings(
        path,
        SavedEmbeddings(
            split if named is None else named, *lists,
            *(rng.standard_normal((len(crops), 4)).astype(np.float32)
              for crops in lists)))
    return path
