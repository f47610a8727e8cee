import os.path as osp
from typing import Callable, List, Optional, Sequence, Union

import numpy as np

from snreid_mm.registry import DATASETS
from snreid_mm.soccernet import ROLES, load_index
from snreid_mm.soccernet.annotations import find_annotation_file
from snreid_mm.soccernet.checks import check_files as check_image_files
from snreid_mm.soccernet.index import check_split, find_split, select_fraction
from .reid_dataset import ReIDDataset


@DATASETS.register_module()
class SoccerNetReID(ReIDDataset):
    """SoccerNet-v3 player re-identification.

    Fetch the data with ``python tools/dataset_tools/download.py ROOT``, which
    leaves this tree; ``data_root`` is ``ROOT/reid``. ::

        ROOT/reid (data_root)/
           ├── train/
           │    ├── train_bbox_info.json
           │    └── <championship>/<season>/<game>/<action>/<file>.png
           ├── valid/
           │    ├── bbox_info.json
           │    ├── query/<championship>/<season>/<game>/<action>/<file>.png
           │    └── gallery/<championship>/<season>/<game>/<action>/<file>.png
           ├── test/
           │    └── … (as valid)
           └── challenge/
                ├── query/<file>.png
                └── gallery/<file>.png

    The source of the layout is the README of SoccerNet's ``sn-reid``
    (https://github.com/SoccerNet/sn-reid). The index is read from the JSON
    file where there is one, from the file names otherwise; both give the same
    list, sorted by subset (queries first), then by ``bbox_idx``. Queries and
    gallery are one dataset, told apart by ``subset``. A listed image that is
    missing is an error; an image that is not listed is ignored, with a
    warning in the log.

    Each sample holds ``img_path, bbox_idx, action_idx, person_uid, frame_idx,
    role, jersey, subset, height, width``, as
    :func:`~snreid_mm.soccernet.index.load_index` documents them, and in train
    ``gt_label``: 0 to N − 1 over the N identities that are used, in the order
    of their ``person_uid``. A person has another ``person_uid`` in every
    action, so that identities are never shared between actions.

    Args:
        data_root (str): The folder that holds the split folders.
        split (str): ``'train'``, ``'valid'``, ``'test'`` or ``'challenge'``.
            Defaults to ``'train'``.
        fraction (float): The share of the training actions to use, in (0, 1],
            counted from the first. The rule is that of ``sn-reid``'s
            ``training_subset``: 0.1 gives 24,872 crops of 919 actions.
            Defaults to 1.0.
        roles (Sequence[str], optional): The classes of people to train on,
            e.g. ``('Player_team_left', 'Player_team_right')``. Train only.
            Defaults to None, which means all.
        check_files (bool): Whether to check, when loading, that the image of
            every sample is there, and that the numbers of an index read from
            file names have no gap. Defaults to True.
        pipeline (Sequence): The transforms. Defaults to an empty tuple.
        metainfo (dict, optional): More meta information, see MMEngine's
            :class:`~mmengine.dataset.BaseDataset`. Defaults to None.
        indices (int | Sequence[int], optional): Use only the first (or, if
            negative, the last) few samples, or the samples at these indices.
            The labels stay those of the whole. Defaults to None.
        serialize_data (bool): Whether the loader's workers share one
            serialised copy of the samples. Defaults to True.
        test_mode (bool, optional): Whether a pipeline that returns None is an
            error (True), or another sample is taken at random (False).
            Defaults to None, which means False in train, True elsewhere.
        lazy_init (bool): Whether to put off reading the index until it is
            needed. Defaults to False.
        max_refetch (int): How often another sample is tried, if the pipeline
            returns None and ``test_mode`` is False. Defaults to 1000.

    Raises:
        FileNotFoundError: If the split is missing, empty or not whole.
        ValueError: If an argument or the index is wrong.

    Examples:
        >>> from snreid_mm.datasets import SoccerNetReID
        >>> SoccerNetReID('data/soccernet/reid', fraction=0.1)
        Dataset SoccerNetReID
            Number of samples:  24872
            Split:              train
            Fraction:           0.1
            Identities:         15443
            Actions:            919
            Root of dataset:    data/soccernet/reid
    """

    METAINFO = dict(dataset_name='SoccerNet-v3 ReID')

    def __init__(self,
                 data_root: str,
                 split: str = 'train',
                 *,
                 fraction: float = 1.0,
                 roles: Optional[Sequence[str]] = None,
                 check_files: bool = True,
                 pipeline: Sequence[Union[dict, Callable]] = (),
                 metainfo: Optional[dict] = None,
                 indices: Union[int, Sequence[int], None] = None,
                 serialize_data: bool = True,
                 test_mode: Optional[bool] = None,
                 lazy_init: bool = False,
                 max_refetch: int = 1000):
        check_split(split)
        if roles is not None:
            roles = (roles, ) if isinstance(roles, str) else tuple(roles)
        _check_selection(split, fraction, roles)
        self.fraction = float(fraction)
        self.roles = roles
        self.check_files = check_files
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

    @property
    def ground_truth_file(self) -> Optional[str]:
        """str | None: The split's annotation file, which is also what
        SoccerNet's evaluator reads; None where there is none."""
        return find_annotation_file(self.data_root, self.split)

    def load_data_list(self) -> List[dict]:
        """Load the index of the split: a record per crop."""
        listed = load_index(
            self.data_root, self.split, check_gaps=self.check_files)
        records = listed
        if self.split == 'train':
            if self.fraction < 1:
                records = select_fraction(records, self.fraction)
            if self.roles is not None:
                records = [
                    record for record in records
                    if record['role'] in self.roles
                ]
            if not records:
                raise ValueError(
                    f'No crop of {osp.join(self.data_root, self.split)} is '
                    f'left with fraction={self.fraction} and '
                    f'roles={self.roles}: raise fraction or name more roles.')
        if self.check_files:
            split_dir = find_split(self.data_root, self.split)
            check_image_files(records, listed, split_dir,
                              self.ground_truth_file or split_dir)
        self.count_people(
            records,
            is_labelled=self.split != 'challenge',
            is_training=self.split == 'train')
        return records

    def extra_repr(self) -> List[str]:
        """Format the lines of ``repr`` that are this dataset's own."""
        body = [f'Split: \t{self.split}']
        if self.split == 'train':
            body.append(f'Fraction: \t{self.fraction}')
            if self.roles is not None:
                body.append(f'Roles: \t{", ".join(self.roles)}')
        if self._fully_initialized:
            if self.num_identities is not None:
                body.append(f'Identities: \t{self.num_identities}')
            actions = len(np.unique(self.column('action_idx')))
            body.append(f'Actions: \t{actions}')
        body.append(f'Root of dataset: \t{self.data_root}')
        return body


def _check_selection(split: str, fraction: float,
                     roles: Optional[Sequence[str]]) -> None:
    """Refuse a selection that cannot be made, or of a split with scores."""
    if split != 'train' and (fraction != 1 or roles is not None):
        raise ValueError(
            f'fraction={fraction} and roles={roles} cannot be used with '
            f'split={split!r}: only train is cut down, scores are those of a '
            'whole split; leave them out.')
    # True would count as 1.
    if (isinstance(fraction, bool) or not isinstance(fraction, (int, float))
            or not 0 < fraction <= 1):
        raise ValueError(f'fraction={fraction!r} is not in (0, 1]: name the '
                         'share of the training actions to use, e.g. 0.1.')
    if roles is not None and (not roles or set(roles) - set(ROLES)):
        raise ValueError(f'roles={roles!r} must name one class or more of '
                         f'{", ".join(ROLES)}.')
