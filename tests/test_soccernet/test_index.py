import json

import pytest

from snreid_mm.soccernet import load_index
from snreid_mm.soccernet.index import check_split, find_split, select_fraction

SPLITS = ['train', 'valid', 'test', 'challenge']


def in_order(tree, *keys):
    """The images of some lists, as an index must sort them."""
    return [
        str(path) for key in keys for path in sorted(
            tree.paths(key), key=lambda path: int(path.name.split('-')[0]))
    ]


def expected_paths(tree, split):
    keys = ['train'] if split == 'train' else [
        f'{split}/query', f'{split}/gallery'
    ]
    return in_order(tree, *keys)


def message_of(function, *args, error=ValueError, **kwargs):
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize('annotated', [True, False])
@pytest.mark.parametrize('split', SPLITS)
def test_order_and_paths(tree, split, annotated):
    if not annotated:
        tree.drop_annotations()
    records = load_index(str(tree), split)
    assert [r['img_path'] for r in records] == expected_paths(tree, split)


@pytest.mark.parametrize('split', SPLITS)
def test_json_and_names_give_the_same_index(tree, split):
    from_json = load_index(str(tree), split)
    tree.drop_annotations()
    from_names = load_index(str(tree), split)
    assert from_json == from_names
    for one, two in zip(from_json, from_names):
        assert [type(one[key]) for key in one] == [
            type(two[key]) for key in one
        ]


def test_train_record(tree):
    record = load_index(str(tree), 'train')[8]
    assert record == dict(
        img_path=str(tree.paths('train')[2]),
        bbox_idx=8,
        action_idx=2,
        person_uid=25,
        frame_idx=6,
        role='Staff_members',
        jersey='B',
        subset=None,
        height=28,
        width=14)


def test_subsets_and_missing_labels(tree):
    valid = load_index(str(tree), 'valid')
    assert [r['subset'] for r in valid] == ['query'] * 2 + ['gallery'] * 4
    assert [r['bbox_idx'] for r in valid] == [0, 1, 0, 1, 2, 3]
    challenge = load_index(str(tree), 'challenge')
    assert [r['subset'] for r in challenge] == ['query'] * 2 + ['gallery'] * 3
    for record in challenge:
        assert all(record[key] is None
                   for key in ('person_uid', 'frame_idx', 'role', 'jersey'))
    assert [r['action_idx'] for r in challenge] == [30, 31, 30, 31, 30]


def test_jersey_none_is_kept_as_the_string_of_the_file(tree):
    data = tree.read(tree.train_json)
    data['9']['id'] = None
    data['0']['id'] = 9
    tree.write(tree.train_json, data)
    records = load_index(str(tree), 'train')
    assert records[9]['jersey'] == 'None'
    assert records[0]['jersey'] == '9'


@pytest.mark.parametrize('split, old, new', [
    ('train', 'train/train_bbox_info.json', 'train/bbox_info.json'),
    ('train', 'train/train_bbox_info.json', 'train_bbox_info.json'),
    ('valid', 'valid/bbox_info.json', 'valid/valid_bbox_info.json'),
    ('test', 'test/bbox_info.json', 'test/test_bbox_info.json'),
    ('test', 'test/bbox_info.json', 'test_bbox_info.json'),
])
def test_other_names_of_the_annotation_file(tree, split, old, new):
    data = tree.read(old)
    (tree / old).unlink()
    # Something that the file names do not say shows that the file was read.
    entries = data if split == 'train' else data['gallery']
    del entries['1']
    tree.write(new, data)
    expected = expected_paths(tree, split)
    gone = 1 if split == 'train' else -len(entries)
    del expected[gone]
    assert [r['img_path'] for r in load_index(str(tree), split)] == expected


def test_files_that_are_no_crops_are_passed_over(tree):
    tree.drop_annotations()
    folder = tree.paths('train')[0].parent
    (folder / '.DS_Store').write_bytes(b'x')
    (folder / ('._' + tree.paths('train')[0].name)).write_bytes(b'x')
    (folder / 'notes.txt').write_text('x')
    assert len(load_index(str(tree), 'train')) == 10


def test_a_folder_in_the_annotation_files_place_is_not_passed_over(tree):
    tree.drop_annotations()
    (tree / 'train' / 'train_bbox_info.json').mkdir()
    with pytest.raises(IsADirectoryError, match='train_bbox_info.json'):
        load_index(str(tree), 'train')


class TestFraction:

    def records(self, *actions):
        return [dict(action_idx=action) for action in actions]

    @pytest.mark.parametrize('fraction, kept', [
        (1.0, 4), (0.99, 4), (0.75, 3), (0.74, 3), (0.5, 2), (0.26, 2),
        (0.25, 1), (0.01, 1)])
    def test_rule_of_sn_reid(self, fraction, kept):
        records = self.records(0, 1, 2, 3)
        assert select_fraction(records, fraction) == records[:kept]

    def test_ten_percent_of_the_release_is_919_actions(self):
        kept = select_fraction(self.records(*range(9181)), 0.1)
        assert len(kept) == 919

    def test_the_last_crop_counts_not_the_largest_action(self):
        # By the rule's letter: the last image in the order of bbox_idx.
        kept = select_fraction(self.records(0, 9, 1, 3), 0.5)
        assert [r['action_idx'] for r in kept] == [0, 1]


class TestPlace:

    def test_unknown_split(self):
        message = message_of(check_split, 'val')
        assert "split='val'" in message and "'valid'" in message

    def test_missing_root(self, tmp_path):
        message = message_of(
            load_index, str(tmp_path / 'no'), 'train',
            error=FileNotFoundError)
        assert str(tmp_path / 'no/train') in message
        assert 'download.py' in message and 'make_synthetic.py' in message

    def test_root_is_one_folder_too_high(self, tree):
        message = message_of(
            load_index, str(tree.root.parent), 'valid',
            error=FileNotFoundError)
        assert f'data_root={str(tree.root)!r}' in message

    def test_unpacked_one_folder_too_deep(self, tree):
        (tree / 'test').rename(tree / 'inner')
        (tree / 'test').mkdir()
        (tree / 'inner').rename(tree / 'test/test')
        message = message_of(
            load_index, str(tree), 'test', error=FileNotFoundError)
        assert 'too deep' in message and str(tree / 'test/test') in message

    def test_empty_train(self, tmp_path):
        (tmp_path / 'train').mkdir()
        message = message_of(
            load_index, str(tmp_path), 'train', error=FileNotFoundError)
        assert str(tmp_path / 'train') in message

    @pytest.mark.parametrize('split', ['valid', 'test', 'challenge'])
    @pytest.mark.parametrize('subset', ['query', 'gallery'])
    @pytest.mark.parametrize('empty', [True, False])
    def test_missing_query_or_gallery(self, tree, split, subset, empty):
        tree.drop_annotations()
        (tree / split / subset).rename(tree / 'away')
        if empty:
            (tree / split / subset).mkdir()
        message = message_of(
            load_index, str(tree), split, error=FileNotFoundError)
        assert str(tree / split / subset) in message

    def test_only_empty_folders(self, tree):
        (tree / 'challenge/gallery').rename(tree / 'away')
        (tree / 'challenge/gallery/some/folder').mkdir(parents=True)
        message = message_of(
            load_index, str(tree), 'challenge', error=FileNotFoundError)
        assert str(tree / 'challenge/gallery') in message

    def test_find_split(self, tree):
        assert find_split(str(tree), 'valid') == str(tree / 'valid')


class TestBadNames:

    @pytest.mark.parametrize('split, name', [
        ('train', '7-1201-80x41.png'),
        ('train', 'crop.png'),
        ('train', '0-0-7-0-Player_team_left-9-00-40x20.jpg'),
        ('challenge', '0-0-7-0-Player_team_left-9-00-40x20.png')])
    def test_bad_file_name(self, tree, split, name):
        tree.drop_annotations()
        folder = tree.paths('challenge/query' if split ==
                            'challenge' else 'train')[0].parent
        (folder / name).write_bytes(b'')
        message = message_of(load_index, str(tree), split)
        assert repr(str(folder / name)) in message

    def test_unknown_class(self, tree):
        tree.drop_annotations()
        path = tree.paths('train')[0]
        bad = path.with_name(path.name.replace('Player_team_left', 'Coach'))
        path.rename(bad)
        message = message_of(load_index, str(tree), 'train')
        assert "'Coach'" in message and str(bad) in message
        assert message.count('Player_team') == 4  # the classes are listed
        assert 'Goalkeeper_team_unknown' in message

    def test_a_gap_means_half_a_split(self, tree):
        tree.drop_annotations()
        for index in (2, 4):  # bbox_idx 8 and 0
            tree.paths('train')[index].unlink()
        message = message_of(load_index, str(tree), 'train')
        assert '2 of them are missing' in message
        assert 'first is bbox_idx 0' in message
        assert len(load_index(str(tree), 'train', check_gaps=False)) == 8

    def test_a_gap_in_the_gallery_of_challenge(self, tree):
        tree.paths('challenge/gallery')[1].unlink()
        message = message_of(load_index, str(tree), 'challenge')
        assert str(tree / 'challenge/gallery') in message
        assert 'bbox_idx 1' in message

    def test_duplicate_bbox_idx(self, tree):
        tree.drop_annotations()
        path = tree.paths('train')[4]
        twin = path.with_name(path.name.replace('40x20', '41x20'))
        twin.write_bytes(path.read_bytes())
        message = message_of(load_index, str(tree), 'train')
        assert 'bbox_idx 0 comes twice' in message
        assert str(path) in message and str(twin) in message


class TestBadAnnotations:

    def edit(self, tree, key='3', path='train/train_bbox_info.json', **values):
        data = tree.read(path)
        entries = data if path.startswith('train') else data['query']
        for name, value in values.items():
            if value is ...:
                del entries[key][name]
            else:
                entries[key][name] = value
        tree.write(path, data)

    @pytest.mark.parametrize('name', [
        'bbox_idx', 'action_idx', 'person_uid', 'frame_idx', 'clazz', 'id',
        'UAI', 'relative_path', 'height', 'width'])
    def test_missing_key(self, tree, name):
        self.edit(tree, **{name: ...})
        message = message_of(load_index, str(tree), 'train')
        assert f'has no {name}' in message
        assert "'3'" in message and 'train_bbox_info.json' in message

    @pytest.mark.parametrize('name, value, kind', [
        ('bbox_idx', '3', 'int'),
        ('action_idx', 1.0, 'int'),
        ('person_uid', None, 'int'),
        ('frame_idx', True, 'int'),
        ('height', [36], 'int'),
        ('width', '18', 'int'),
        ('clazz', 4, 'str'),
        ('UAI', None, 'str'),
        ('relative_path', 7, 'str'),
        ('id', 1.5, 'str or int')])
    def test_wrong_type(self, tree, name, value, kind):
        self.edit(tree, **{name: value})
        message = message_of(load_index, str(tree), 'train')
        assert f'{name} = {value!r}' in message and kind in message
        assert "'3'" in message and 'train_bbox_info.json' in message

    def test_entry_is_no_object(self, tree):
        data = tree.read(tree.train_json)
        data['3'] = [1, 2]
        tree.write(tree.train_json, data)
        assert 'is a list' in message_of(load_index, str(tree), 'train')

    def test_key_and_bbox_idx_differ(self, tree):
        self.edit(tree, bbox_idx=99)
        message = message_of(load_index, str(tree), 'train')
        assert "'3'" in message and 'bbox_idx = 99' in message

    def test_the_message_names_the_list(self, tree):
        self.edit(tree, key='0', path='valid/bbox_info.json', height=...)
        message = message_of(load_index, str(tree), 'valid')
        assert 'bbox_info.json (query)' in message

    @pytest.mark.parametrize('folder', ['../../etc', '/etc', 'a/../../b'])
    def test_path_that_leaves_the_split(self, tree, folder):
        self.edit(tree, relative_path=folder)
        message = message_of(load_index, str(tree), 'train')
        assert repr(folder) in message and 'inside the split' in message

    def test_unknown_class(self, tree):
        self.edit(tree, clazz='Streaker')
        message = message_of(load_index, str(tree), 'train')
        assert "'Streaker'" in message and '3-1-12-2-' in message
        assert 'Staff_members' in message

    def test_same_box_twice(self, tree):
        text = json.dumps(tree.read(tree.train_json))
        one = json.dumps({'0': tree.read(tree.train_json)['0']})[1:-1]
        (tree / tree.train_json).write_text(text[:-1] + ', ' + one + '}')
        message = message_of(load_index, str(tree), 'train')
        assert "'0' twice" in message and 'train_bbox_info.json' in message

    def test_cut_off_json(self, tree):
        path = tree / tree.train_json
        path.write_text(path.read_text()[:-100])
        message = message_of(load_index, str(tree), 'train')
        assert str(path) in message and 'not whole JSON' in message

    @pytest.mark.parametrize('split, data', [
        ('train', []), ('train', dict(query={}, gallery={})),
        ('valid', {}), ('valid', dict(query={'0': {}})), ('valid', [1])])
    def test_wrong_shape(self, tree, split, data):
        name = 'train_bbox_info.json' if split == 'train' else \
            'bbox_info.json'
        tree.write(f'{split}/{name}', data)
        message = message_of(load_index, str(tree), split)
        assert f'not the bbox_info.json of {split}' in message

    @pytest.mark.parametrize('split, data', [
        ('train', {}), ('valid', dict(query={}, gallery={}))])
    def test_empty_list(self, tree, split, data):
        name = 'train_bbox_info.json' if split == 'train' else \
            'bbox_info.json'
        tree.write(f'{split}/{name}', data)
        message = message_of(
            load_index, str(tree), split, error=FileNotFoundError)
        assert 'There is no crop in' in message


class TestPeople:

    def test_person_in_two_actions(self, tree):
        data = tree.read(tree.train_json)
        data['9']['person_uid'] = 7
        tree.write(tree.train_json, data)
        message = message_of(load_index, str(tree), 'train')
        assert 'person_uid 7 is found in two actions, 0 and 3' in message
        assert str(tree / 'train') in message

    def test_query_and_gallery_count_together(self, tree):
        data = tree.read('valid/bbox_info.json')
        data['gallery']['1']['person_uid'] = 101  # lives in action 11
        tree.write('valid/bbox_info.json', data)
        message = message_of(load_index, str(tree), 'valid')
        assert 'person_uid 101' in message and '11 and 10' in message

    @pytest.mark.parametrize('annotated', [True, False])
    @pytest.mark.parametrize('split', ['valid', 'test'])
    def test_query_without_a_match(self, tree, split, annotated):
        key = f'{split}/query'
        path = min(tree.paths(key))
        person = path.name.split('-')[2]
        lonely = path.with_name(path.name.replace(f'-{person}-', '-999-'))
        if annotated:
            data = tree.read(f'{split}/bbox_info.json')
            index = path.name.split('-')[0]
            data['query'][index]['person_uid'] = 999
            tree.write(f'{split}/bbox_info.json', data)
        else:
            tree.drop_annotations()
            path.rename(lonely)
        message = message_of(load_index, str(tree), split)
        assert '1 of the queries' in message
        assert str(lonely) in message and 'person_uid 999' in message
