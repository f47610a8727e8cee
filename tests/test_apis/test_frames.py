import json
import shutil
import zipfile

import cv2
import numpy as np
import pytest

from snreid_mm.apis import read_coco_crops, read_soccernet_actions
from snreid_mm.apis.images import load_crops


def entry(*boxes, **more):
    return dict(
        imageMetadata=dict(width=60, height=40),
        lines=[],
        bboxes=[{
            'class': kind,
            'ID': identity,
            'points': dict(zip(('x1', 'y1', 'x2', 'y2'), points))
        } for kind, identity, *points in boxes],
        **more)


@pytest.fixture
def game(tmp_path):
    """A game of SoccerNet-v3 with one action and two replays."""
    rng = np.random.default_rng(0)
    frames = tmp_path / 'v3_frames'
    frames.mkdir()
    for name in ('7.png', '7_1.png', '7_2.png'):
        cv2.imwrite(
            str(frames / name), rng.integers(0, 256, (40, 60, 3), np.uint8))
    labels = dict(
        GameMetadata=dict(list_actions=['7.png'], UrlLocal='x'),
        actions={
            '7.png':
            entry(('Player team left', '10', 2, 3, 12, 33),
                  ('Ball', None, 1, 1, 3, 3),
                  ('Main referee', None, 20, 3, 30, 33),
                  linked_replays=['7_1.png', '7_2.png'])
        },
        replays={
            '7_1.png':
            entry(('Player team left', '10', 52, 3, 42, 33),
                  linked_action='7.png'),
            '7_2.png':
            entry(linked_action='7.png')
        })
    path = tmp_path / 'Labels-v3.json'
    path.write_text(json.dumps(labels))
    return path


def test_people_of_an_action_and_its_replays(game):
    actions = read_soccernet_actions(game)
    assert list(actions) == ['7.png']
    action, replays = actions['7.png']
    assert [crop.name for crop in action] == ['7.png#0', '7.png#2']
    assert list(replays) == ['7_1.png']  # where somebody is seen
    replayed, = replays['7_1.png']
    assert replayed.box == (42, 3, 52, 33)  # left before right
    assert replayed.person == action[0].person == 'Player_team_left-10'
    assert action[1].person is None
    cut, _ = load_crops(action)
    frame = cv2.imread(str(game.parent / 'v3_frames/7.png'))
    np.testing.assert_array_equal(cut, frame[3:33, 2:12])


@pytest.mark.parametrize('change, text', [
    (lambda d: d.pop('GameMetadata'), 'has no GameMetadata'),
    (lambda d: d['actions']['7.png'].pop('linked_replays'),
     'Labels-v3.json, 7.png has no linked_replays'),
    (lambda d: d['replays'].pop('7_1.png'), 'has no 7_1.png'),
    (lambda d: d['actions']['7.png']['bboxes'][2]['points'].pop('x2'),
     '7.png, box 2 has no x2'),
    (lambda d: d['replays']['7_1.png']['bboxes'][0].pop('ID'),
     '7_1.png, box 0 has no ID'),
])
def test_labels_that_are_not_whole(game, change, text):
    labels = json.loads(game.read_text())
    change(labels)
    game.write_text(json.dumps(labels))
    with pytest.raises(ValueError, match=text):
        read_soccernet_actions(game)


def test_what_is_not_there(game, tmp_path):
    with pytest.raises(FileNotFoundError, match='There is no file none.json'):
        read_soccernet_actions('none.json')
    with pytest.raises(FileNotFoundError, match='no frames in .*other: fetch'):
        read_soccernet_actions(game, tmp_path / 'other')
    (tmp_path / 'v3_frames').rename(tmp_path / 'elsewhere')
    with pytest.raises(FileNotFoundError, match='v3_frames or .*Frames-v3.zip'
                       ': fetch'):
        read_soccernet_actions(game)
    assert read_soccernet_actions(game, tmp_path / 'elsewhere')


def test_frames_that_are_still_zipped(game, tmp_path):
    action = read_soccernet_actions(game)['7.png'].action
    wanted = list(load_crops(action))
    path = tmp_path / 'Frames-v3.zip'
    with zipfile.ZipFile(path, 'w') as file:
        file.write(tmp_path / 'v3_frames/7.png', '7.png')
    shutil.rmtree(tmp_path / 'v3_frames')
    action, replays = read_soccernet_actions(game)['7.png']
    for one, two in zip(wanted, load_crops(action), strict=True):
        np.testing.assert_array_equal(one, two)
    with pytest.raises(ValueError, match='Frames-v3.zip/7_1.png cannot be'):
        list(load_crops(replays['7_1.png']))
    data = bytearray(path.read_bytes())
    data[200:220] = bytes(20)  # within the frame
    path.write_bytes(data)
    with pytest.raises(ValueError, match='zip/7.png cannot be read'):
        list(load_crops(read_soccernet_actions(game, path)['7.png'].action))
    path.write_bytes(data[:300])
    with pytest.raises(ValueError, match='Frames-v3.zip is no whole zip'):
        read_soccernet_actions(game)


def coco(**changes):
    return {
        'images': [dict(id=4, file_name='a.png'),
                   dict(id=5, file_name='b.png')],
        'annotations': [
            dict(id=11, image_id=5, bbox=[1, 2, 3, 4]),
            dict(image_id=4, bbox=[0, 0, 2, 2]),
            dict(id=13, image_id=5, bbox=[5, 6.5, 2, 2])
        ],
        **changes
    }


def test_coco(tmp_path):
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps(coco()))
    crops = read_coco_crops(path, tmp_path / 'frames')
    assert [(crop.name, crop.box) for crop in crops] == [
        ('a.png#1', (0, 0, 2, 2)), ('b.png#11', (1, 2, 4, 6)),
        ('b.png#13', (5, 6.5, 7, 8.5))
    ]
    assert crops[1].image is crops[2].image  # read once
    assert crops[0].image == tmp_path / 'frames/a.png'
    assert read_coco_crops(path)[0].image == tmp_path / 'a.png'


@pytest.mark.parametrize('changes, text', [
    (dict(images=None), 'has no images'),
    (dict(images=[dict(id=1)]), 'Image 0 of .* has no file_name'),
    (dict(annotations=[3]), 'Annotation 0 of .* has no image_id'),
    (dict(annotations=[dict(id=7, image_id=9, bbox=[1, 1, 1, 1])]),
     'Annotation 7 of .* is of image 9, which'),
    (dict(annotations=[dict(id=7, image_id=4, bbox=[1, 1, 1])]),
     r'Annotation 7 of .* has bbox \[1, 1, 1\], but'),
])
def test_coco_that_is_none(tmp_path, changes, text):
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps(coco(**changes)))
    with pytest.raises(ValueError, match=text):
        read_coco_crops(path)
    with pytest.raises(FileNotFoundError, match='no annotation file no.json'):
        read_coco_crops('no.json')
