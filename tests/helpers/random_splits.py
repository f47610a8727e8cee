"""Random labelled splits, as columns and as files."""

import json

import numpy as np
import pytest

from snreid_mm.structures import Crops


def _make_split(rng, actions=5, max_queries=6, max_gallery=12, uid_offset=0):
    """Draw a labelled split: every query has at least one match."""
    query, gallery = [], []
    uid = uid_offset
    for action in rng.permutation(3 * actions)[:actions]:
        people = int(rng.integers(1, max_queries + 1))
        uids = list(range(uid, uid + people))
        uid += people + max_gallery
        crops = list(uids)
        room = max(1, int(rng.integers(1, max_gallery + 1)))
        while len(crops) < room:
            # Another crop of a query's person, or somebody else.
            crops.append(
                int(rng.choice(uids)) if rng.random() < .4 else uids[-1] + 1 +
                len(crops))
        query += [(int(action), person) for person in uids]
        gallery += [(int(action), int(person)) for person in crops]

    def shuffled(rows, kind):
        rows = [rows[i] for i in rng.permutation(len(rows))]
        return Crops(
            bbox_idx=np.arange(len(rows)),
            action_idx=np.array([row[0] for row in rows]),
            person_uid=np.array([row[1] for row in rows]),
            role=[
                'Main_referee' if row[1] % 3 == 0 else 'Player_team_left'
                for row in rows
            ],
            height=rng.integers(20, 400, len(rows)),
            names=[f'{kind}-{i}.png' for i in range(len(rows))],
            kind=kind)

    return shuffled(query, 'query'), shuffled(gallery, 'gallery crop')


def _write_ground_truth(path, query, gallery):
    """Write a bbox_info.json of two lists."""

    def entries(crops):
        return {
            str(bbox): dict(
                bbox_idx=int(bbox),
                action_idx=int(crops.action_idx[i]),
                person_uid=int(crops.person_uid[i]),
                frame_idx=i,
                clazz=crops.role[i],
                id='7',
                UAI='000r000',
                relative_path='a/b/c/d',
                height=int(crops.height[i]),
                width=20)
            for i, bbox in enumerate(crops.bbox_idx)
        }

    path.write_text(
        json.dumps(dict(query=entries(query), gallery=entries(gallery))))
    return path


@pytest.fixture
def make_split():
    return _make_split


@pytest.fixture
def write_ground_truth():
    return _write_ground_truth
