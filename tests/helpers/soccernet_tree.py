"""A small data set, written by hand in the layout that sn-reid documents."""

import json

import cv2
import numpy as np
import pytest

EPL = 'england_epl/2014-2015/2015-02-21 - 18-00 Chelsea 1 - 1 Burnley'
LIGA = 'spain_laliga/2016-2017/2016-08-20 - 21-15 Sevilla 6 - 4 Espanyol'

# Folder, file name. The order on purpose is not that of bbox_idx.
TRAIN = [
    (f'{LIGA}/2', '6-2-30-5-Player_team_left-10-000r001_00858c3b0003-30x15'),
    (f'{LIGA}/2', '7-2-30-6-Player_team_left-10-000r002_00858c3b0003-31x16'),
    (f'{LIGA}/2', '8-2-25-6-Staff_members-B-001r002_0f858c3b0003-28x14'),
    (f'{LIGA}/3', '9-3-40-7-Side_referee-None-000r001_0a858c3b0003-26x12'),
    (f'{EPL}/0', '0-0-7-0-Player_team_left-9-000r000_00858c3b0003-40x20'),
    (f'{EPL}/0', '1-0-7-1-Player_team_left-9-000r001_00858c3b0003-42x21'),
    (f'{EPL}/0', '2-0-5-0-Player_team_right-A-001r000_10858c3b0003-38x19'),
    (f'{EPL}/1', '3-1-12-2-Goalkeeper_team_right-1-0r0_20858c3b0003-36x18'),
    (f'{EPL}/1', '4-1-12-3-Goalkeeper_team_right-1-0r1_20858c3b0003-35x18'),
    (f'{EPL}/1', '5-1-13-3-Main_referee-None-1r1_30858c3b0003-34x17'),
]
VALID_QUERY = [
    (f'{EPL}/11', '1-11-101-4-Player_team_left-7-0r0_00858c3b0003-44x22'),
    (f'{LIGA}/10', '0-10-90-0-Player_team_right-4-0r0_10858c3b0003-46x23'),
]
VALID_GALLERY = [
    (f'{EPL}/11', '3-11-101-5-Player_team_left-7-0r1_00858c3b0003-32x16'),
    (f'{LIGA}/10', '0-10-90-1-Player_team_right-4-0r1_10858c3b0003-30x15'),
    (f'{LIGA}/10', '1-10-91-1-Player_team_right-C-1r1_11858c3b0003-29x15'),
    (f'{LIGA}/10', '2-10-90-2-Player_team_right-4-0r2_10858c3b0003-28x14'),
]
TEST_QUERY = [
    (f'{LIGA}/20', '0-20-200-0-Goalkeeper_team_left-1-0r0_0085-33x16'),
]
TEST_GALLERY = [
    (f'{LIGA}/20', '0-20-200-1-Goalkeeper_team_left-1-0r1_0085-33x17'),
    (f'{LIGA}/20', '1-20-201-1-Player_team_left-None-1r1_0086-33x18'),
]
CHALLENGE_QUERY = [('', '0-30-41x20'), ('', '1-31-43x21')]
CHALLENGE_GALLERY = [('', '0-30-27x13'), ('', '1-31-25x12'),
                     ('', '2-30-24x12')]

LISTS = {
    'train': TRAIN,
    'valid/query': VALID_QUERY,
    'valid/gallery': VALID_GALLERY,
    'test/query': TEST_QUERY,
    'test/gallery': TEST_GALLERY,
    'challenge/query': CHALLENGE_QUERY,
    'challenge/gallery': CHALLENGE_GALLERY,
}


def entry_of(folder, name):
    """The JSON entry of a file name, taken apart without the package."""
    bbox, action, person, frame, clazz, jersey, uai, size = name.split('-')
    height, width = size.split('x')
    return dict(
        bbox_idx=int(bbox),
        action_idx=int(action),
        person_uid=int(person),
        frame_idx=int(frame),
        clazz=clazz,
        id=jersey,
        UAI=uai,
        relative_path=folder,
        height=int(height),
        width=int(width))


def entries_of(crops):
    return {
        name.split('-')[0]: entry_of(folder, name)
        for folder, name in crops
    }


class Tree:
    """A data root on the disk, and what the tests do to it."""

    train_json = 'train/train_bbox_info.json'

    def __init__(self, root):
        self.root = root

    def __str__(self):
        return str(self.root)

    def __truediv__(self, path):
        return self.root / path

    def paths(self, key):
        """The images of a list, in the order written above."""
        return [
            self.root / key / folder / f'{name}.png'
            for folder, name in LISTS[key]
        ]

    def read(self, path):
        return json.loads((self.root / path).read_text())

    def write(self, path, data):
        (self.root / path).write_text(json.dumps(data))

    def drop_annotations(self):
        for path in self.root.glob('*/*.json'):
            path.unlink()


def make_tree(root):
    rng = np.random.default_rng(0)
    for key, crops in LISTS.items():
        for folder, name in crops:
            path = root / key / folder / f'{name}.png'
            path.parent.mkdir(parents=True, exist_ok=True)
            height, width = map(int, name.split('-')[-1].split('x'))
            image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            assert cv2.imwrite(str(path), image)
    tree = Tree(root)
    tree.write(tree.train_json, entries_of(TRAIN))
    tree.write('valid/bbox_info.json',
               dict(query=entries_of(VALID_QUERY),
                    gallery=entries_of(VALID_GALLERY)))
    tree.write('test/bbox_info.json',
               dict(query=entries_of(TEST_QUERY),
                    gallery=entries_of(TEST_GALLERY)))
    return tree


@pytest.fixture
def tree(tmp_path):
    """A whole data set with all four splits."""
    return make_tree(tmp_path / 'reid')
