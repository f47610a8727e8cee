import logging

import cv2
import numpy as np
import pytest
from mmengine.dataset import DefaultSampler

from snreid_mm.datasets import (ActionBatchSampler, ActionIdentitySampler,
                                CropRow, CustomReID)
from snreid_mm.registry import DATASETS


def write(root, *paths):
    rng = np.random.default_rng(0)
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        image = rng.integers(0, 256, (12, 6, 3), np.uint8)
        assert cv2.imwrite(str(root / path), image)


@pytest.fixture
def folders(tmp_path):
    write(tmp_path, 'train/anna/1.png', 'train/anna/2.jpg',
          'train/zoe/x/3.png', 'train/ben/4.png', 'test/query/anna/5.png',
          'test/query/ben/6.png', 'test/gallery/anna/7.png',
          'test/gallery/ben/8.jpeg', 'test/gallery/zoe/9.png')
    (tmp_path / 'train/notes.txt').write_text('no picture')
    return tmp_path


@pytest.fixture
def listed(tmp_path):
    """Writes a CSV file of a split; the pictures are there."""

    def make(split, text):
        lines = text.split()
        paths = [line.split(',')[0] for line in lines[1:]]
        write(tmp_path, *(path for path in paths if path))
        path = tmp_path / f'{split}.csv'
        path.write_text('\n'.join(lines) + '\n', encoding='utf-8-sig')
        return tmp_path

    return make


def columns(dataset, *keys):
    return [dataset.column(key).tolist() for key in keys]


def test_folders(folders):
    train = CustomReID(folders)
    assert len(train) == 4 and train.num_identities == 3
    assert columns(train, 'identity', 'gt_label', 'action_idx') == [
        ['anna', 'anna', 'ben', 'zoe'], [0, 0, 1, 2], [0, 0, 0, 0]
    ]
    assert train.column('img_path')[3].endswith('train/zoe/x/3.png')
    assert not train.test_mode
    test = CustomReID(folders, 'test')
    assert test.test_mode and 'gt_label' not in test[0]
    assert columns(test, 'subset', 'bbox_idx', 'person_uid') == [
        ['query', 'query', 'gallery', 'gallery', 'gallery'], [0, 1, 0, 1, 2],
        [0, 1, 0, 1, 2]
    ]
    assert test.metainfo['split'] == 'test'
    printed = ' '.join(repr(test).split())
    for text in ('Dataset CustomReID', 'Identities: 3', 'Groups: 1'):
        assert text in printed


def test_a_csv_file(listed):
    root = listed(
        'train', '''path,note,identity,group,camera
                    a/1.png,x,7,late,left
                    a/2.png,x,9,early,left
                    b/3.jpg,x,7,early,right''')
    train = CustomReID(str(root))
    assert columns(train, 'identity', 'gt_label', 'action_idx', 'camera') == [
        ['7', '9', '7'], [0, 1, 0], [1, 0, 0], ['left', 'left', 'right']
    ]
    assert columns(train, 'subset', 'role') == [[None] * 3] * 2


SPLIT = '''path,identity,group,camera
           1.png,a,1,left
           2.png,a,1,right
           3.png,b,1,right
           4.png,b,2,left
           5.png,c,2,left
           6.png,b,2,right'''


def test_queries_of_a_camera(listed):
    root = listed('test', SPLIT)
    test = CustomReID(root, 'test', query_camera='left')
    # 5.png has nobody in the gallery of its group.
    assert columns(test, 'identity', 'subset', 'action_idx') == [
        ['a', 'b', 'a', 'b', 'b'], ['query'] * 2 + ['gallery'] * 3,
        [0, 1, 0, 0, 1]
    ]
    with pytest.raises(ValueError, match='does not say who is a query: add a '
                       'column subset'):
        CustomReID(root, 'test')
    with pytest.raises(ValueError, match='has no query whose person.*cameras '
                       'are left, right'):
        CustomReID(root, 'test', query_camera='middle')


def test_a_query_without_a_match_is_left_out_with_a_warning(
        listed, monkeypatch):
    from snreid_mm.datasets import custom_reid
    said = []
    monkeypatch.setattr(custom_reid, 'print_log',
                        lambda text, **options: said.append((text, options)))
    CustomReID(listed('test', SPLIT), 'test', query_camera='left')
    (text, options), = said
    assert '1 queries have nobody of their identity' in text
    assert options['level'] == logging.WARNING


def test_queries_of_a_column(listed):
    root = listed(
        'valid', '''path,identity,subset
                    1.png,a,gallery
                    2.png,a,query
                    3.png,b,gallery''')
    valid = CustomReID(root, 'valid')
    assert columns(valid, 'subset', 'identity') == [
        ['query', 'gallery', 'gallery'], ['a', 'a', 'b']
    ]
    with pytest.raises(ValueError, match="query_camera='1' would do nothing"):
        CustomReID(root, 'valid', query_camera='1')


@pytest.mark.parametrize('text, message', [
    ('path,name\n1.png,a', 'has no column identity: its first line must'),
    ('path,identity\n1.png,', 'train.csv, line 2 has no identity'),
    ('path,identity,group\n1.png,a', 'line 2 has no group'),
    ('path,identity\n,a', 'line 2 has no path'),
    ('path,identity,subset\n1.png,a,probe', "line 2 has subset 'probe', but"),
    ('path,identity\n1.png,a\n1.png,b', 'lists 1 images twice'),
    ('path,identity', 'lists no crop'),
])
def test_a_csv_file_that_is_not_whole(listed, text, message):
    with pytest.raises(ValueError, match=message):
        CustomReID(listed('train', text))


def test_other_faults(folders):
    with pytest.raises(ValueError, match="split='dev' is unknown"):
        CustomReID(folders, 'dev')
    with pytest.raises(FileNotFoundError, match='neither .*valid.csv nor'):
        CustomReID(folders, 'valid')
    write(folders, 'valid/anna/1.png')
    with pytest.raises(FileNotFoundError, match='no folder .*valid/query: a '
                       'split that is tested needs'):
        CustomReID(folders, 'valid')
    (folders / 'train.csv').write_text('path,identity\nnone.png,a\n')
    with pytest.raises(FileNotFoundError, match='1 of the 1 images that .* '
                       'are missing, first .*none.png'):
        CustomReID(folders)
    (folders / 'train.csv').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(ValueError, match='no CSV file in UTF-8'):
        CustomReID(folders)
    (folders / 'train.csv').unlink()
    write(folders, 'train/alone.png')
    with pytest.raises(ValueError, match='alone.png lies in no folder of a '
                       'person: move it to .*train/<person>/alone.png'):
        CustomReID(folders)
    for path in (folders / 'test/gallery').rglob('*.*'):
        path.unlink()
    with pytest.raises(FileNotFoundError, match='gallery holds no image'):
        CustomReID(folders, 'test')


def test_the_samplers_take_it(listed):
    root = listed(
        'train', '''path,identity,group
                    1.png,a,1
                    2.png,a,1
                    3.png,b,1
                    4.png,b,2
                    5.png,b,2
                    6.png,c,1''')
    train = CustomReID(root)
    labels = train.column('gt_label')
    row = list(ActionIdentitySampler(train, seed=0))
    assert sorted(row) == list(range(6))
    blocks = labels[row].reshape(3, 2)
    assert (blocks[:, 0] == blocks[:, 1]).sum() == 2
    filled = ActionBatchSampler(
        train, batch_size=4, levels=('action', ), seed=0)
    assert set(filled) == set(range(6))
    assert len(list(DefaultSampler(train, shuffle=False))) == 6


def test_a_data_set_of_ones_own(folders):

    @DATASETS.register_module(force=True)
    class MyCrops(CustomReID):

        def read_index(self):
            root = self.data_root
            return [
                CropRow(f'{root}/train/anna/1.png', 'A', group='g'),
                CropRow(f'{root}/train/anna/2.jpg', 'B')
            ]

    built = DATASETS.build(
        dict(
            type='snreid_mm.MyCrops',
            data_root=str(folders),
            pipeline=[dict(type='snreid_mm.LoadCropFromFile')]))
    assert built.num_identities == 2
    assert built[1]['img'].shape == (12, 6, 3)
    del DATASETS._module_dict['MyCrops']
