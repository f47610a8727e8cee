import json

import pytest

from snreid_mm.soccernet.frame_labels import read_frame_labels


def test_boxes_of_people_alone(tmp_path):
    path = tmp_path / 'Labels-v3.json'
    points = dict(x1=5, y1=6, x2=1, y2=9.5)
    boxes = [{'class': kind, 'ID': 'B', 'points': points}
             for kind in ('Red card', 'Staff members', None)]
    path.write_text(
        json.dumps(
            dict(
                GameMetadata=dict(list_actions=['0.png']),
                actions={'0.png': dict(bboxes=boxes, linked_replays=[])})))
    box, = read_frame_labels(path)
    assert box == ('0.png', '0.png', 1, (1, 6, 5, 9.5), 'Staff_members',
                   'Staff_members-B')


def test_what_is_no_such_file(tmp_path):
    path = tmp_path / 'Labels-v3.json'
    for text, message in [('{', 'is not whole JSON'), ('[]', 'has no actions'),
                          ('{"actions": {}, "GameMetadata": {}}',
                           'has no list_actions')]:
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            read_frame_labels(path)
    with pytest.raises(FileNotFoundError, match='There is no file'):
        read_frame_labels(tmp_path / 'none.json')
