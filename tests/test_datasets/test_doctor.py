import json
import os
from collections import Counter

import cv2
import numpy as np
import pytest

from snreid_mm.datasets import doctor
from snreid_mm.datasets.doctor import Finding, diagnose

SPLITS = ('train', 'valid', 'test', 'challenge')


def test_a_sound_set_has_no_findings(tree):
    found = diagnose(str(tree), SPLITS, workers=2)
    assert found.findings == []
    assert found.crops == dict(train=10, valid=6, test=3, challenge=5)
    assert found.roles['train'] == Counter(
        Player_team_left=4, Player_team_right=1, Goalkeeper_team_right=2,
        Main_referee=1, Side_referee=1, Staff_members=1)
    assert found.roles['challenge'] == {None: 5}


@pytest.fixture
def ill(tree):
    """A data set with one fault of each kind, and what should be found."""
    train, valid = tree.paths('train'), tree.paths('valid/gallery')
    train[0].unlink()
    train[1].write_bytes(train[1].read_bytes()[:100])
    image = cv2.imread(str(train[2]))
    cv2.imwrite(str(train[2]), image[1:])
    # The same pixels, in another file.
    image = cv2.imread(str(train[4]))
    level = [cv2.IMWRITE_PNG_COMPRESSION, 0]
    for path in (train[5], valid[1]):
        size = tuple(map(int, path.stem.split('-')[-1].split('x')))
        cv2.imwrite(str(path), image[:size[0], :size[1]], level)
    cv2.imwrite(str(train[4]), image[:30, :15])
    cv2.imwrite(str(train[5]), image[:30, :15], level)
    data = tree.read('test/bbox_info.json')
    data['gallery']['0']['person_uid'] = 7
    tree.write('test/bbox_info.json', data)
    return tree, {
        ('index', 'test', str(tree / 'test')),
        ('missing', 'train', str(train[0])),
        ('unreadable', 'train', str(train[1])),
        ('size', 'train', str(train[2])),
        ('size', 'train', str(train[4])),
        ('size', 'train', str(train[5])),
        ('duplicate', 'train', str(train[5])),
        ('leak', 'valid', str(valid[1])),
    }


def test_every_kind_of_fault_is_found(ill, tmp_path):
    tree, expected = ill
    found = diagnose(str(tree), SPLITS)
    assert {tuple(each[:3]) for each in found.findings} == expected
    details = {each.kind: each.detail for each in found.findings}
    assert 'no match' in details['index'] or 'gallery' in details['index']
    assert 'no such file' in details['missing']
    assert 'cannot be read' in details['unreadable']
    assert str(tree.paths('train')[4]) in details['leak']
    size = Finding('size', 'train', str(tree.paths('train')[2]),
                   'is 27 x 14, but its name says 28 x 14')
    assert size in found.findings


def test_what_was_read_is_not_read_again(ill, tmp_path, monkeypatch):
    tree, _ = ill
    journal = tmp_path / 'notes.jsonl'
    first = diagnose(str(tree), SPLITS, journal)
    assert diagnose(str(tree), SPLITS, journal) == first
    lines = journal.read_text().splitlines(keepends=True)
    assert len(lines) == 21

    # As after a kill: some lines, and half of one.
    journal.write_text(''.join(lines[:9]) + lines[9][:-20])
    assert diagnose(str(tree), SPLITS, journal) == first
    read = [json.loads(line)[0]
            for line in journal.read_text().splitlines(keepends=True)[10:]]
    assert len(read) == 11

    # What has changed since is read.
    path = tree.paths('train')[3]
    os.utime(path, (1, 1))
    before = journal.read_text()
    assert diagnose(str(tree), SPLITS, journal) == first
    added = journal.read_text()[len(before):].splitlines()
    assert str(path) in [json.loads(line)[0] for line in added]


def test_a_pipe_does_not_hold_it_up(tree):
    path = tree.paths('train')[0]
    path.unlink()
    os.mkfifo(path)
    (finding, ) = diagnose(str(tree), ['train']).findings
    assert finding.path == str(path) and finding.kind == 'unreadable'


def test_the_digest_knows_the_shape(tmp_path):
    for name, shape in (('a.png', (4, 2, 3)), ('b.png', (2, 4, 3))):
        cv2.imwrite(str(tmp_path / name), np.zeros(shape, np.uint8))
    looks = [doctor._look(str(tmp_path / name)) for name in ('a.png', 'b.png')]
    assert looks[0][1:3] == [4, 2] and looks[0][3] != looks[1][3]
