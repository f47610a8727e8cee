import numpy as np
import pytest

from snreid_mm.soccernet import read_ground_truth


def test_ground_truth_is_read_as_written(tmp_path, make_split,
                                         write_ground_truth):
    query, gallery = make_split(np.random.default_rng(0))
    path = write_ground_truth(tmp_path / 'bbox_info.json', query, gallery)
    for read, written in zip(read_ground_truth(path), (query, gallery)):
        for column in ('bbox_idx', 'action_idx', 'person_uid', 'height'):
            np.testing.assert_array_equal(
                getattr(read, column), getattr(written, column))
        assert list(read.role) == list(written.role)


def test_a_missing_ground_truth_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='no.json'):
        read_ground_truth(tmp_path / 'no.json')


@pytest.mark.parametrize('text, message', [
    ('{', r'not whole JSON \(.*\); fetch the split again'),
    ('{"query": {"7": {}, "7": {}}, "gallery": {}}', "the key '7' twice"),
    ('{"query": {"7": {"bbox_idx": 7, "bbox_idx": 8}}, "gallery": {}}',
     "the key 'bbox_idx' twice"),
    ('{"query": {"7": {"bbox_idx": 7, "action_idx": 1, "person_uid": 2, '
     '"clazz": "Ball"}}, "gallery": {}}',
     r"Entry '7' of .* \(query\) is of the unknown class 'Ball': "
     '.*Main_referee'),
    ('[]', 'not the bbox_info.json of valid or test'),
    ('{"0": {}}', 'not the bbox_info.json of valid or test'),
    ('{"query": {"0": {"bbox_idx": 0, "action_idx": "1"}}, "gallery": {}}',
     r"Entry '0' of .* \(query\) has action_idx = '1'"),
    ('{"query": {"0": 5}, "gallery": {}}',
     "Entry '0' .* is a int, not an object"),
    ('{"query": {}, "gallery": {"3": {"bbox_idx": 4, "action_idx": 1, '
     '"person_uid": 2}}}', r"Entry '3' of .* \(gallery\) has bbox_idx = 4"),
])
def test_a_wrong_ground_truth_is_named(tmp_path, text, message):
    path = tmp_path / 'bbox_info.json'
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_ground_truth(path)
    assert str(path) in str(error.value)


def test_the_names_are_files_below_the_split(tiny_pitch):
    split = tiny_pitch / 'test'
    for crops in read_ground_truth(split / 'bbox_info.json'):
        assert len(crops.names) == len(crops)
        for bbox, name in zip(crops.bbox_idx, crops.names):
            assert (split / name).is_file()
            assert name.split('/')[-1].startswith(f'{bbox}-')


def test_an_entry_without_a_name_leaves_the_list_without_names(tmp_path):
    path = tmp_path / 'bbox_info.json'
    path.write_text(
        '{"query": {}, "gallery": {"0": '
        '{"bbox_idx": 0, "action_idx": 1, "person_uid": 2}}}')
    gallery = read_ground_truth(path)[1]
    assert gallery.names is None and gallery.role is None
    assert gallery.describe(0) == 'gallery crop 0 of action 1'
