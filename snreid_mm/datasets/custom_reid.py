import logging
from pathlib import Path
from typing import Callable, List, Optional, Sequence, Union

from mmengine.logging import print_log

from snreid_mm.registry import DATASETS
from .custom_index import CropRow, read_rows, scan_folders
from .reid_dataset import ReIDDataset

SPLITS = ('train', 'valid', 'test')


@DATASETS.register_module()
class CustomReID(ReIDDataset):
    """Crops of your own.

    A split is a CSV file, or a folder with a folder for each person, PNG or
    JPEG. The CSV file is read where there are both. ::

        data_root/
           ├── train.csv        path,identity[,group,camera]
           ├── test.csv         path,identity[,group,camera,subset]
           └── …                the images

        data_root/
           ├── train/<identity>/<file>
           └── test/
                ├── query/<identity>/<file>
                └── gallery/<identity>/<file>

    ``group`` stands in the place of SoccerNet's action: samplers fill a
    batch from a group, and the metric ranks a query against the gallery of
    its group alone. Without it all crops are one group. An identity may be
    in several groups; it has one label.

    Who is a query in ``valid`` and ``test``: what the column ``subset``
    (``query`` or ``gallery``) says, or all that ``query_camera`` has taken.
    A query whose person is not in the gallery of its group cannot be scored,
    and is left out with a warning.

    Each sample holds ``img_path, bbox_idx, action_idx, person_uid, subset,
    identity, camera`` and, as :class:`SoccerNetReID` has them, ``frame_idx``,
    ``role`` and ``jersey``, which are None; in training ``gt_label`` too.

    A data set with another index overrides :meth:`read_index`.

    Args:
        data_root (str): The folder that holds the splits.
        split (str): ``'train'``, ``'valid'`` or ``'test'``. Defaults to
            ``'train'``.
        query_camera (str, optional): The camera whose crops are the queries,
            in a CSV file without ``subset``. Defaults to None.
        pipeline (Sequence): The transforms. Defaults to an empty tuple.
        metainfo (dict, optional): As in :class:`SoccerNetReID`; so are the
            rest. Defaults to None.
        indices (int | Sequence[int], optional): Defaults to None.
        serialize_data (bool): Defaults to True.
        test_mode (bool, optional): Defaults to None, which means False in
            train, True elsewhere.
        lazy_init (bool): Defaults to False.
        max_refetch (int): Defaults to 1000.

    Raises:
        FileNotFoundError: If the split or images of it are missing.
        ValueError: If an argument is wrong, the index is not whole, or no
            query could be scored.
    """

    METAINFO = dict(dataset_name='custom')

    def __init__(self,
                 data_root: str,
                 split: str = 'train',
                 *,
                 query_camera: Optional[str] = None,
                 pipeline: Sequence[Union[dict, Callable]] = (),
                 metainfo: Optional[dict] = None,
                 indices: Union[int, Sequence[int], None] = None,
                 serialize_data: bool = True,
                 test_mode: Optional[bool] = None,
                 lazy_init: bool = False,
                 max_refetch: int = 1000):
        if split not in SPLITS:
            raise ValueError(f'split={split!r} is unknown: choose one of '
                             f'{", ".join(map(repr, SPLITS))}.')
        self.query_camera = query_camera
        super().__init__(
            data_root,
            split,
            metainfo=metainfo,
            indices=indices,
            serialize_data=serialize_data,
            pipeline=pipeline,
            test_mode=test_mode,
            lazy_init=lazy_init,
            max_refetch=max_refetch)

    def read_index(self) -> List[CropRow]:
        """Read the crops of the split.

        Returns:
            list[CropRow]: One for each crop.
        """
        root = Path(self.data_root)
        listed, folder = root / f'{self.split}.csv', root / self.split
        if listed.is_file():
            return read_rows(listed)
        if folder.is_dir():
            return scan_folders(folder, self.split == 'train')
        raise FileNotFoundError(
            f'There is neither {listed} nor {folder}: write the CSV file, or '
            'make a folder for each person there, or correct data_root.')

    def load_data_list(self) -> List[dict]:
        """Load the index of the split: a record per crop."""
        rows = self.read_index()
        if not rows:
            raise ValueError(f'The {self.split} split of {self.data_root} '
                             'lists no crop.')
        twice = {row.path for row in rows}
        if len(twice) < len(rows):
            raise ValueError(
                f'The {self.split} split of {self.data_root} lists '
                f'{len(rows) - len(twice)} images twice: leave each in once.')
        if self.split != 'train':
            rows = self._find_queries(rows)
        people = {name: i for i, name in enumerate(
            sorted({row.identity for row in rows}))}
        groups = {name: i for i, name in enumerate(
            sorted({row.group for row in rows}))}
        # Queries first; within a subset as the index has them.
        rows = sorted(rows, key=lambda row: row.subset == 'gallery')
        queries = sum(row.subset == 'query' for row in rows)
        records = [
            dict(
                img_path=row.path,
                bbox_idx=i - queries if row.subset == 'gallery' else i,
                action_idx=groups[row.group],
                person_uid=people[row.identity],
                subset=row.subset if self.split != 'train' else None,
                identity=row.identity,
                camera=row.camera,
                frame_idx=None,
                role=None,
                jersey=None) for i, row in enumerate(rows)
        ]
        self.count_people(
            records, is_labelled=True, is_training=self.split == 'train')
        return records

    def _find_queries(self, rows: List[CropRow]) -> List[CropRow]:
        """Say of each crop whether it is a query, and leave out those that
        could not be scored."""
        named = [row for row in rows if row.subset is not None]
        where = f'The {self.split} split of {self.data_root}'
        if self.query_camera is not None:
            if named:
                raise ValueError(f'{where} says the subset of its crops, so '
                                 f'query_camera={self.query_camera!r} would '
                                 'do nothing: leave it out.')
            rows = [
                row._replace(subset='query' if row.camera ==
                             self.query_camera else 'gallery') for row in rows
            ]
        elif len(named) < len(rows):
            raise ValueError(
                f'{where} does not say who is a query: add a column subset '
                '(query or gallery), or name the camera of the queries, as '
                'in query_camera=\'1\'.')
        gallery = {(row.group, row.identity)
                   for row in rows if row.subset == 'gallery'}
        kept = [
            row for row in rows if row.subset == 'gallery' or
            (row.group, row.identity) in gallery
        ]
        if len(kept) < len(rows):
            print_log(
                f'{where}: {len(rows) - len(kept)} queries have nobody of '
                'their identity in the gallery of their group, cannot be '
                'scored and are left out.',
                logger='current',
                level=logging.WARNING)
        if all(row.subset == 'gallery' for row in kept):
            cameras = ', '.join(sorted({row.camera for row in rows}))
            raise ValueError(
                f'{where} has no query whose person is in the gallery of its '
                f'group; its cameras are {cameras or "not named"}. Correct '
                'the subset, the groups or query_camera.')
        return kept

    def extra_repr(self) -> List[str]:
        """Format the lines of ``repr`` that are this dataset's own."""
        body = [f'Split: \t{self.split}']
        if self._fully_initialized:
            body.append(f'Identities: \t{self.num_identities}')
            body.append(f'Groups: \t{len(set(self.column("action_idx")))}')
        body.append(f'Root of dataset: \t{self.data_root}')
        return body
