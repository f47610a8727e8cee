"""The crops of a split as columns, with the paths of their files."""

from typing import Tuple

from snreid_mm.structures import Crops
from .soccernet_reid import SoccerNetReID


def read_split(data_root: str, split: str) -> Tuple[Crops, Crops]:
    """Read the queries and the gallery of a split.

    A crop whose file is missing is named when it is opened.

    Args:
        data_root (str): The folder that holds the splits.
        split (str): ``'valid'``, ``'test'`` or ``'challenge'``.

    Returns:
        tuple[Crops, Crops]: The queries and the gallery, named by the paths
        of their files.
    """
    dataset = SoccerNetReID(
        data_root=data_root, split=split, pipeline=[], check_files=False)
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    query, gallery = (
        Crops.from_records(
            [record for record in records if record['subset'] == subset], kind)
        for subset, kind in (('query', 'query'), ('gallery', 'gallery crop')))
    return query, gallery
