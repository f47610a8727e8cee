import os
import os.path as osp
from typing import List, Optional

import numpy as np
from mmpretrain.datasets import BaseDataset


class ReIDDataset(BaseDataset):
    """What all re-identification data sets here have: people, and columns.

    A subclass gives records with ``person_uid`` by ``load_data_list``, and
    calls :meth:`count_people` on them there.

    Args:
        data_root (str): The folder that holds the splits.
        split (str): The split.
        test_mode (bool, optional): Defaults to None, which means False in
            train, True elsewhere.
        **options: The other options of MMPretrain's ``BaseDataset``.
    """

    def __init__(self,
                 data_root: str,
                 split: str,
                 *,
                 test_mode: Optional[bool] = None,
                 **options):
        self.split = split
        super().__init__(
            ann_file='',
            data_root=osp.expanduser(os.fspath(data_root)),
            test_mode=split != 'train' if test_mode is None else test_mode,
            **options)

    @property
    def num_identities(self) -> Optional[int]:
        """int | None: How many people the split holds: in training, how many
        classes ``gt_label`` counts. None where they are hidden. ``indices``
        and subsets do not change it."""
        self.full_init()
        return self._metainfo['num_identities']

    def count_people(self, records: List[dict], is_labelled: bool,
                     is_training: bool) -> None:
        """Count the people, and in training number them as labels.

        Args:
            records (list[dict]): The records, with ``person_uid``; they get
                ``gt_label``, 0 to N - 1 in the order of ``person_uid``, in
                training.
            is_labelled (bool): Whether they say who is who.
            is_training (bool): Whether they are trained on.
        """
        count = None
        if is_labelled:
            people = sorted({record['person_uid'] for record in records})
            count = len(people)
        if is_training:
            labels = {person: label for label, person in enumerate(people)}
            for record in records:
                record['gt_label'] = labels[record['person_uid']]
        # The runner saves this in its checkpoints, so only plain types.
        self._metainfo.update(split=self.split, num_identities=count)

    def column(self, key: str) -> np.ndarray:
        """Return one value of every sample.

        Args:
            key (str): A key of the samples, e.g. ``'action_idx'``,
                ``'gt_label'`` or ``'role'``.

        Returns:
            np.ndarray: (number of samples,), in the order of the dataset:
            int64 for numbers, object for the rest, and for what is None in
            this split.

        Raises:
            KeyError: If the samples of this split have no such key.
        """
        self.full_init()
        values = [self.get_data_info(i)[key] for i in range(len(self))]
        numbers = all(type(value) is int for value in values)
        return np.array(values, np.int64 if numbers else object)
