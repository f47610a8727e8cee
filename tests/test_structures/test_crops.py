import json

import numpy as np
import pytest

from snreid_mm.structures import Crops


def test_records_become_columns_and_none_means_missing():
    crops = Crops.from_records([
        dict(bbox_idx=4, action_idx=1, person_uid=None, img_path='a.png'),
        dict(bbox_idx=2, action_idx=1, person_uid=None, img_path='b.png')
    ], 'query')
    assert crops.bbox_idx.tolist() == [4, 2]
    assert crops.person_uid is None and crops.role is None
    assert len(crops) == 2
    assert crops.describe(1) == 'query 2 of action 1 (b.png)'


def test_without_labels_keeps_only_what_a_participant_has():
    crops = Crops([1], [2], [3], ['Main_referee'], [80], ['a.png'], 'query')
    bare = crops.without_labels()
    assert bare.person_uid is None and bare.role is None
    assert bare.bbox_idx == [1] and bare.action_idx == [2]
    assert bare.height == [80] and bare.names == ['a.png']


def test_a_repeated_bbox_idx_names_both_images():
    with pytest.raises(ValueError, match='bbox_idx 3 .*a.png.*c.png'):
        Crops([3, 1, 3], [0, 0, 9], names=['a.png', 'b.png', 'c.png'])


@pytest.mark.parametrize('column, value, message', [
    ('action_idx', [0], 'one action_idx, but there are 1 for 2'),
    ('role', ['x'], 'one role, but there are 1 for 2'),
    ('person_uid', ['a', 'b'], 'person_uid .* integer'),
])
def test_a_wrong_column_is_named(column, value, message):
    columns = dict(bbox_idx=[0, 1], action_idx=[0, 0])
    columns[column] = value
    with pytest.raises(ValueError, match=message):
        Crops(**columns)


def test_labels_for_some_records_only_are_refused():
    records = [
        dict(bbox_idx=0, action_idx=0, person_uid=1),
        dict(bbox_idx=1, action_idx=0, img_path='b.png')
    ]
    with pytest.raises(ValueError, match='1 of 2 .*person_uid.*b.png'):
        Crops.from_records(records)


def test_an_unlabelled_list_can_be_written_as_json(tmp_path):
    # The columns turn numbers of any integer type into int64.
    crops = Crops(np.array([1, 2], np.uint8), np.array([0, 0], np.int32))
    assert json.dumps(crops.bbox_idx.tolist()) == '[1, 2]'
    assert crops.action_idx.dtype == np.int64
