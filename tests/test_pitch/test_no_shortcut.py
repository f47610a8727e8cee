"""Nothing but the people in the pictures may tell who is who."""

import json
import os.path as osp
from collections import defaultdict

import cv2
import numpy as np
import pytest

from snreid_mm.soccernet import format_file_name


@pytest.fixture(scope='module')
def cases(small_pitch):
    """For every query: itself, the replay crops of its action, and which of
    those match. Action-frame crops never match, as in the real data."""
    path = osp.join(small_pitch, 'test')
    with open(osp.join(path, 'bbox_info.json')) as file:
        info = json.load(file)
    galleries = defaultdict(list)
    for subset, entries in info.items():
        for entry in entries.values():
            file = osp.join(path, subset, entry['relative_path'],
                            format_file_name(entry))
            image = cv2.imread(file)
            border = np.concatenate([image[:2].reshape(-1, 3),
                                     image[:, 0], image[:, -1]])
            small = cv2.resize(image, (24, 48), interpolation=cv2.INTER_AREA)
            entry.update(
                bytes=osp.getsize(file), border=border.mean(axis=0),
                picture=small[:, 6:18].astype(float) -
                small.mean(axis=(0, 1)))
            if subset == 'gallery':
                galleries[entry['action_idx']].append(entry)
    out = []
    for query in info['query'].values():
        rest = [g for g in galleries[query['action_idx']]
                if g['frame_idx'] != query['frame_idx']]
        match = np.array([g['person_uid'] == query['person_uid']
                          for g in rest])
        out.append((query, rest, match))
    assert len(out) > 60
    return out


def mean_ap(cases, distance, repeats=1):
    scores = []
    rng = np.random.default_rng(0)
    for query, gallery, match in cases:
        d = np.array([distance(query, g) for g in gallery], float)
        for _ in range(repeats):
            order = np.lexsort((rng.random(len(d)), d))
            hits = match[order]
            precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
            scores.append(precision[hits].mean())
    return float(np.mean(scores))


CUES = {
    'bbox_idx': lambda q, g: abs(q['bbox_idx'] - g['bbox_idx']),
    'height': lambda q, g: abs(np.log(q['height'] / g['height'])),
    'area': lambda q, g: abs(
        np.log(q['height'] * q['width'] / g['height'] / g['width'])),
    'file size': lambda q, g: abs(np.log(q['bytes'] / g['bytes'])),
    'border': lambda q, g: np.linalg.norm(q['border'] - g['border']),
}


@pytest.mark.parametrize('cue', list(CUES))
def test_a_cue_that_is_not_the_person_is_near_chance(cases, cue):
    chance = mean_ap(cases, lambda q, g: 0, repeats=20)
    assert 0.1 < chance < 0.45
    assert abs(mean_ap(cases, CUES[cue]) - chance) < 0.1


def test_the_person_is_a_cue(cases):
    chance = mean_ap(cases, lambda q, g: 0, repeats=20)
    seen = mean_ap(
        cases, lambda q, g: np.linalg.norm(q['picture'] - g['picture']))
    assert seen > chance + 0.1
