import re

import numpy as np

from snreid_mm.pitch.records import (Numbering, Painted, PaintedAction,
                                     coco_json, subset_json)
from snreid_mm.soccernet import parse_file_name


def crop(frame, person, seen=False, number=9, role='Player_team_left'):
    return Painted(f'p{frame}-{person}', frame, person, role, number, seen,
                   40, 20, [[1., 2., 2]] * 16 + [[0., 0., 0]])


def action(index, crops, split='test'):
    return PaintedAction(split, index, 0, 'league/season/game', 3, crops)


# Person 0: three frames; 1: action frame only; 2: two replays; 3: two frames.
CROPS = [crop(0, 0), crop(1, 0), crop(2, 0, seen=True), crop(0, 1),
         crop(1, 2), crop(2, 2), crop(0, 3), crop(2, 3, number=None)]


def by_person(records):
    found = {}
    for record in records:
        found.setdefault(record.crop.person, []).append(record)
    return found


def test_queries_are_boxes_of_the_action_frame_with_a_match():
    records = Numbering(0).number('test', [action(0, CROPS)])
    subsets = {(r.crop.frame, r.crop.person): r.subset for r in records}
    assert subsets == {
        (0, 0): 'query', (0, 3): 'query', (1, 0): 'gallery',
        (2, 0): 'gallery', (0, 1): 'gallery', (1, 2): 'gallery',
        (2, 2): 'gallery', (2, 3): 'gallery'
    }
    info = subset_json('test', records)
    assert sorted(info['query']) == ['0', '1']
    assert sorted(info['gallery'], key=int) == list('012345')
    for entries in info.values():
        assert all(key == str(e['bbox_idx']) for key, e in entries.items())


def test_ids_are_a_number_a_letter_or_none():
    groups = by_person(Numbering(0).number('test', [action(0, CROPS)]))
    ids = {p: {r.entry['id'] for r in rs} for p, rs in groups.items()}
    assert ids[0] == {'9'} and ids[1] == {'None'}
    assert re.fullmatch('[A-Z]', *ids[2]) and re.fullmatch('[A-Z]', *ids[3])
    assert ids[2] != ids[3]


def test_numbers_go_on_over_actions_and_splits():
    numbering = Numbering(0)
    train = numbering.number(
        'train', [action(i, CROPS, 'train') for i in range(2)])
    test = numbering.number('test', [action(0, CROPS)])
    assert [r.entry['bbox_idx'] for r in train] == list(range(16))
    assert {r.entry['person_uid'] for r in train} == set(range(8))
    assert {r.entry['person_uid'] for r in test} == set(range(8, 12))
    assert {r.entry['frame_idx'] for r in test} == {6, 7, 8}
    assert {r.entry['action_idx'] for r in test} == {0}


def test_file_names_are_those_of_the_entries():
    for record in Numbering(0).number('test', [action(0, CROPS)]):
        folder, name = record.target.rsplit('/', 1)
        parsed = parse_file_name(name)
        assert {**parsed, 'relative_path': 'league/season/game/0'} == (
            record.entry)
        assert folder == f'test/{record.subset}/league/season/game/0'
        assert re.fullmatch(r'\d{3}(r\d{3})?_\d{5}c[23]b\d{4}',
                            record.entry['UAI'])


def test_the_challenge_is_flat_and_its_names_are_bare():
    for record in Numbering(0).number('challenge', [action(0, CROPS)]):
        _, subset, name = record.target.split('/')
        assert subset == record.subset
        assert parse_file_name(name, labelled=False)['action_idx'] == 0
        assert name.count('-') == 2


def test_the_order_within_an_action_is_shuffled():
    ranks = []
    for seed in range(40):
        records = Numbering(seed).number('train', [action(0, CROPS, 'train')])
        ranks.append([r.crop.path for r in records].index('p0-0'))
    assert len(set(ranks)) > 4
    assert 2 < np.mean(ranks) < 5


def test_keypoints_in_cocos_form():
    records = Numbering(0).number('train', [action(0, CROPS, 'train')])
    coco = coco_json(records, ['k'] * 17, ((1, 2), ))
    assert [i['file_name'] for i in coco['images']] == (
        [r.target for r in records])
    annotation = coco['annotations'][0]
    assert annotation['num_keypoints'] == 16
    assert len(annotation['keypoints']) == 51
    assert annotation['keypoints'][-3:] == [0., 0., 0]
    assert annotation['bbox'] == [0, 0, 20, 40]
    assert coco['categories'][0]['skeleton'] == [[1, 2]]


def test_officials_are_never_asked_for_and_single_in_train():
    crops = [crop(frame, person, role=role)
             for frame in (0, 1)
             for person, role in enumerate(
                 ('Player_team_left', 'Goalkeeper_team_right', 'Main_referee',
                  'Staff_members'))]

    def subsets(split, **options):
        records = Numbering(0, **options).number(split,
                                                 [action(0, crops, split)])
        return by_person(records)

    before, after = subsets('test'), subsets('test', player_queries=True)
    for person in range(4):
        kinds = sorted(r.subset for r in after[person])
        uids = {r.entry['person_uid'] for r in after[person]}
        assert sorted(r.subset
                      for r in before[person]) == ['gallery', 'query']
        if person < 2:
            assert kinds == ['gallery', 'query'] and len(uids) == 1
        else:
            assert kinds == ['gallery', 'gallery'] and len(uids) == 2
    train = subsets('train', player_queries=True)
    assert [len({r.entry['person_uid'] for r in train[i]})
            for i in range(4)] == [1, 1, 2, 2]
