import collections
import filecmp
import json
import os
import os.path as osp

import cv2
import numpy as np
import pytest
from SoccerNet.Evaluation.ReIdentification import evaluate

from snreid_mm.pitch import (PitchConfig, challenge_labels_path, make_pitch,
                             writer)
from snreid_mm.soccernet import ROLES, format_file_name

KEYS = {'bbox_idx', 'action_idx', 'person_uid', 'frame_idx', 'clazz', 'id',
        'UAI', 'relative_path', 'height', 'width'}
ONE = PitchConfig(
    train_actions=1, min_height=24, max_height=48, action_people=4,
    replay_people=3)


def read(path):
    with open(path, encoding='utf-8') as file:
        return json.load(file)


def files_of(root):
    return sorted(
        osp.relpath(osp.join(folder, name), root)
        for folder, _, names in os.walk(root) for name in names)


def infos(root):
    """(files' folder, entries) of every annotated list."""
    yield osp.join(root, 'train'), read(
        osp.join(root, 'train', 'train_bbox_info.json'))
    for split in ('valid', 'test'):
        info = read(osp.join(root, split, 'bbox_info.json'))
        assert list(info) == ['query', 'gallery']
        for subset in info:
            yield osp.join(root, split, subset), info[subset]


def test_every_entry_has_its_file_and_every_file_its_entry(tiny_pitch):
    root, expected = str(tiny_pitch), 0
    for folder, entries in infos(root):
        assert list(entries) == [str(i) for i in range(len(entries))]
        for key, entry in entries.items():
            assert set(entry) == KEYS and entry['bbox_idx'] == int(key)
            assert entry['clazz'] in ROLES[:7]
            path = osp.join(folder, entry['relative_path'],
                            format_file_name(entry))
            image = cv2.imread(path)
            assert image.shape == (entry['height'], entry['width'], 3)
            expected += 1
    pngs = [f for f in files_of(root) if f.endswith('.png')]
    challenge = [f for f in pngs if f.startswith('challenge')]
    assert len(pngs) == expected + len(challenge) and challenge


def test_identities_live_in_one_action(tiny_pitch):
    homes = collections.defaultdict(set)
    for folder, entries in infos(str(tiny_pitch)):
        split = osp.relpath(folder, tiny_pitch).split(os.sep)[0]
        for entry in entries.values():
            homes[entry['person_uid']].add((split, entry['action_idx']))
    assert all(len(home) == 1 for home in homes.values())


def test_queries_match_the_gallery_of_their_action(tiny_pitch):
    for split, actions in (('valid', 3), ('test', 4)):
        info = read(osp.join(tiny_pitch, split, 'bbox_info.json'))
        gallery = {(e['action_idx'], e['person_uid'])
                   for e in info['gallery'].values()}
        frames = collections.defaultdict(set)
        for entry in info['query'].values():
            assert (entry['action_idx'], entry['person_uid']) in gallery
            frames[entry['action_idx']].add(entry['frame_idx'])
        assert all(len(frame) == 1 for frame in frames.values())
        assert set(frames) == set(range(actions))


@pytest.mark.parametrize('split', ['test', 'challenge'])
def test_soccernets_evaluator_takes_the_ground_truth(tiny_pitch, tmp_path,
                                                     split):
    truth = osp.join(tiny_pitch, split, 'bbox_info.json')
    if split == 'challenge':
        truth = challenge_labels_path(tiny_pitch)
    info = read(truth)
    ranking = {}
    for index, query in info['query'].items():
        own = [e for e in info['gallery'].values()
               if e['action_idx'] == query['action_idx']]
        own.sort(key=lambda e: e['person_uid'] != query['person_uid'])
        ranking[index] = [e['bbox_idx'] for e in own]
    path = tmp_path / 'ranking.json'
    path.write_text(json.dumps(ranking))
    scores = evaluate(truth, str(path))
    assert scores['mAP'] == 1 and scores['rank-1'] == 1


def test_the_challenge_keeps_its_secret(tiny_pitch):
    folder = osp.join(tiny_pitch, 'challenge')
    assert sorted(os.listdir(folder)) == ['gallery', 'query']
    assert not osp.exists(osp.join(tiny_pitch, 'keypoints', 'challenge.json'))
    labels = read(challenge_labels_path(tiny_pitch))
    assert osp.dirname(challenge_labels_path(tiny_pitch)) == osp.dirname(
        str(tiny_pitch))
    for subset, entries in labels.items():
        names = {format_file_name({k: e[k] for k in (
            'bbox_idx', 'action_idx', 'height', 'width')})
            for e in entries.values()}
        assert names == set(os.listdir(osp.join(folder, subset)))


def test_pitch_json_says_what_was_made(tiny_pitch):
    pitch = read(osp.join(tiny_pitch, 'pitch.json'))
    assert pitch['preset'] == 'tiny' and pitch['seed'] == 0
    assert PitchConfig(**pitch['config']).train_actions == 6
    train = read(osp.join(tiny_pitch, 'train', 'train_bbox_info.json'))
    assert pitch['counts']['train'] == dict(
        actions=6, images=len(train),
        identities=len({e['person_uid'] for e in train.values()}))


def test_one_seed_gives_the_same_bytes_with_any_workers(tmp_path, capfd):
    config = PitchConfig(
        train_actions=2, challenge_actions=1, actions_per_match=1,
        min_height=24, max_height=48, action_people=4, replay_people=3)
    roots = [str(tmp_path / name) for name in 'ab']
    for root, workers in zip(roots, (1, 2)):
        make_pitch(root, config, seed=5, workers=workers, progress=False)
    names = files_of(roots[0])
    assert names == files_of(roots[1])
    same, other, errors = filecmp.cmpfiles(*roots, names, shallow=False)
    assert not other and not errors and len(same) > 10
    assert filecmp.cmp(*map(challenge_labels_path, roots), shallow=False)
    make_pitch(tmp_path / 'c', config, seed=6, workers=1, progress=False)
    assert files_of(tmp_path / 'c') != names


def test_a_full_folder_is_refused_and_replaced_on_request(tmp_path):
    root = tmp_path / 'root'
    counts = make_pitch(root, ONE, seed=0, workers=1, progress=False)
    assert set(counts) == {'train'}
    before = files_of(root)
    with pytest.raises(FileExistsError, match='not empty.*overwrite'):
        make_pitch(root, ONE, seed=1, workers=1, progress=False)
    assert files_of(root) == before
    make_pitch(root, ONE, seed=1, workers=1, overwrite=True, progress=False)
    assert files_of(root) != before
    assert os.listdir(tmp_path) == ['root']


def test_a_stranger_s_folder_is_never_replaced(tmp_path):
    (tmp_path / 'thesis.txt').write_text('months of work')
    with pytest.raises(FileExistsError, match='no pitch.json'):
        make_pitch(tmp_path, ONE, overwrite=True, workers=1, progress=False)
    with pytest.raises(FileExistsError, match='is a file'):
        make_pitch(tmp_path / 'thesis.txt', ONE, workers=1, progress=False)
    assert os.listdir(tmp_path) == ['thesis.txt']


def test_a_failure_leaves_the_old_data_and_nothing_half_made(
        tmp_path, monkeypatch):
    root = tmp_path / 'root'
    make_pitch(root, ONE, workers=1, progress=False)
    before = files_of(root)

    def fail(*args, **kwargs):
        raise OSError('disk full')

    monkeypatch.setattr(writer, '_place_files', fail)
    with pytest.raises(OSError, match='disk full'):
        make_pitch(root, ONE, seed=1, workers=1, overwrite=True,
                   progress=False)
    assert files_of(root) == before and os.listdir(tmp_path) == ['root']
    with pytest.raises(OSError, match='disk full'):
        make_pitch(tmp_path / 'new', ONE, workers=1, progress=False)
    assert os.listdir(tmp_path) == ['root']


def test_stale_challenge_labels_go(tmp_path):
    root = tmp_path / 'root'
    with_challenge = PitchConfig(**{**ONE.to_dict(), 'challenge_actions': 1})
    make_pitch(root, with_challenge, workers=1, progress=False)
    assert osp.isfile(challenge_labels_path(root))
    make_pitch(root, ONE, workers=1, overwrite=True, progress=False)
    assert not osp.exists(challenge_labels_path(root))


@pytest.mark.parametrize('kwargs,message', [
    (dict(workers=0), 'workers.*0'), (dict(workers='two'), "workers.*'two'"),
    (dict(seed=-1), 'seed.*-1'), (dict(seed=0.5), 'seed.*0.5'),
    (dict(config='huge'), "'huge' is not a preset")
])
def test_bad_arguments_are_named(tmp_path, kwargs, message):
    with pytest.raises(ValueError, match=message):
        make_pitch(tmp_path / 'x', **{'config': ONE, **kwargs})
    assert not os.listdir(tmp_path)


def test_the_share_of_images_per_identity_is_that_of_the_data(small_pitch):
    info = read(osp.join(small_pitch, 'test', 'bbox_info.json'))
    entries = [*info['query'].values(), *info['gallery'].values()]
    counts = collections.Counter(e['person_uid'] for e in entries)
    share = collections.Counter(counts.values())
    # SoccerNet-v3 ReID: 55 % have one image, 33 % two, 1.6 on average.
    assert 0.42 < share[1] / len(counts) < 0.68
    assert 0.22 < share[2] / len(counts) < 0.45
    assert 1.35 < len(entries) / len(counts) < 1.85
    per_action = collections.Counter(
        e['action_idx'] for e in info['gallery'].values())
    assert 13 < np.mean(list(per_action.values())) < 27
    assert 4 < len(info['query']) / 12 < 10
