"""The columns of a query or gallery list."""

from dataclasses import dataclass, replace
from typing import Mapping, Optional, Sequence

import numpy as np


@dataclass(frozen=True, eq=False)
class Crops:
    """One list of crops, all queries or the whole gallery, as columns.

    What a challenge participant has: ``bbox_idx``, ``action_idx``, ``names``
    and ``height``. The rest are labels, and None where the split has none.

    Args:
        bbox_idx (np.ndarray): Index of each crop within the list, shape
            (N, ), unique, integer.
        action_idx (np.ndarray): The action of each crop, shape (N, ),
            integer.
        person_uid (np.ndarray, optional): The person of each crop, shape
            (N, ), integer.
        role (Sequence[str], optional): The class of each crop, length N.
        height (np.ndarray, optional): Height of each crop in pixels, shape
            (N, ).
        names (Sequence[str], optional): File name or path of each crop,
            length N, for messages and pictures.
        kind (str): What the messages call one crop, ``'query'`` or
            ``'gallery crop'``. Defaults to ``'crop'``.

    Raises:
        ValueError: If a column has another length than ``bbox_idx``, or a
            ``bbox_idx`` comes twice.
    """

    bbox_idx: np.ndarray
    action_idx: np.ndarray
    person_uid: Optional[np.ndarray] = None
    role: Optional[Sequence[str]] = None
    height: Optional[np.ndarray] = None
    names: Optional[Sequence[str]] = None
    kind: str = 'crop'

    def __post_init__(self):
        for column in ('bbox_idx', 'action_idx', 'person_uid'):
            value = getattr(self, column)
            if value is None:
                continue
            value = np.asarray(value)
            if value.size and value.dtype.kind not in 'iu':
                raise ValueError(
                    f'The {column} of every {self.kind} must be an integer, '
                    f'but the column is of type {value.dtype}.')
            object.__setattr__(self, column, value.astype(np.int64))
        for column in ('action_idx', 'person_uid', 'role', 'height', 'names'):
            value = getattr(self, column)
            if value is not None and len(value) != len(self.bbox_idx):
                raise ValueError(
                    f'Every {self.kind} needs one {column}, but there are '
                    f'{len(value)} for {len(self.bbox_idx)}.')
        ordered = np.sort(self.bbox_idx)
        repeated = ordered[1:][ordered[1:] == ordered[:-1]]
        if repeated.size:
            positions = np.flatnonzero(self.bbox_idx == repeated[0])
            raise ValueError(
                f'bbox_idx {repeated[0]} stands for more than one '
                f'{self.kind}: {self.describe(positions[0])} and '
                f'{self.describe(positions[1])}. It must be unique in its '
                'list.')

    def __len__(self) -> int:
        return len(self.bbox_idx)

    def describe(self, position: int) -> str:
        """Name one crop in a message.

        Args:
            position (int): Its position in the list.

        Returns:
            str: For example ``'query 12 of action 3 (12-3-....png)'``.
        """
        text = (f'{self.kind} {self.bbox_idx[position]} of action '
                f'{self.action_idx[position]}')
        if self.names is not None:
            text += f' ({self.names[position]})'
        return text

    def without_labels(self) -> 'Crops':
        """Drop all that a challenge participant would not have.

        Returns:
            Crops: The same list without ``person_uid`` and ``role``.
        """
        return replace(self, person_uid=None, role=None)

    @classmethod
    def from_records(cls, records: Sequence[Mapping],
                     kind: str = 'crop') -> 'Crops':
        """Convert a list of records to columns.

        Args:
            records (Sequence[Mapping]): N records with ``bbox_idx`` and
                ``action_idx``, and optionally ``person_uid``, ``role``,
                ``height`` and ``img_path``. A None counts as missing.
            kind (str): See :class:`Crops`.

        Returns:
            Crops: The columns, in the order of the records.

        Raises:
            ValueError: If a column is there for some records and missing for
                others, or as :class:`Crops` does.
        """

        def column(key):
            values = [record.get(key) for record in records]
            missing = [i for i, value in enumerate(values) if value is None]
            if len(missing) == len(values):
                return None
            if missing:
                record = records[missing[0]]
                raise ValueError(
                    f'{len(missing)} of {len(values)} entries have no {key}, '
                    f'the first is {kind} {record["bbox_idx"]} '
                    f'({record.get("img_path", "no file name")}): give it '
                    'for all of them or for none.')
            return values

        def array(key, default=None):
            values = column(key)
            return default if values is None else np.array(values)

        empty = np.zeros(0, np.int64)
        return cls(
            bbox_idx=array('bbox_idx', empty),
            action_idx=array('action_idx', empty),
            person_uid=array('person_uid'),
            role=column('role'),
            height=array('height'),
            names=column('img_path'),
            kind=kind)
