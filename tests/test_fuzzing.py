"""Cases that nobody thought of.

A few hundred in the suite, always the same; ten thousand new ones with
``HYPOTHESIS_PROFILE=nightly python -m pytest tests/test_fuzzing.py``.
"""

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from snreid_mm.apis import read_coco_crops
from snreid_mm.datasets.custom_index import read_rows
from snreid_mm.datasets.samplers import (ActionBatchSampler,
                                         ActionIdentitySampler)
from snreid_mm.evaluation.functional import (rank_within_actions,
                                             score_rankings, tie_break_hash)
from snreid_mm.soccernet import read_ranking_file, write_ranking_file
from snreid_mm.soccernet.annotations import read_entries
from snreid_mm.soccernet.frame_labels import read_frame_labels
from snreid_mm.soccernet.ground_truth import read_ground_truth
from snreid_mm.soccernet.naming import format_file_name, parse_file_name
from snreid_mm.soccernet.roles import ROLES
from snreid_mm.structures import Crops
from snreid_mm.utils.plain_config import parse_plain_config

INDICES = st.integers(0, 10**18 - 1)
WORDS = st.from_regex('[A-Za-z0-9_]+', fullmatch=True)
ENTRIES = st.fixed_dictionaries(
    dict(
        bbox_idx=INDICES,
        action_idx=INDICES,
        person_uid=INDICES,
        frame_idx=INDICES,
        height=INDICES,
        width=INDICES,
        clazz=st.sampled_from(ROLES),
        id=WORDS,
        UAI=WORDS))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('fuzzing')


def _written(path, value):
    """Write bytes as they are, and anything else as JSON."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    path.write_bytes(data)
    return path


@given(ENTRIES)
def test_a_name_says_what_it_was_made_of(entry):
    assert parse_file_name(format_file_name(entry)) == entry
    short = {
        key: entry[key]
        for key in ('bbox_idx', 'action_idx', 'height', 'width')
    }
    assert parse_file_name(format_file_name(short), labelled=False) == short


@given(st.text() | st.from_regex(r'[0-9]+(-\w*)+x[0-9]+\.png'), st.booleans())
def test_a_name_is_read_or_refused(name, labelled):
    try:
        entry = parse_file_name(name, labelled)
    except ValueError as error:
        assert repr(name) in str(error)
    else:
        again = parse_file_name(format_file_name(entry), labelled)
        assert again == entry


@given(
    st.binary() | VALUES
    | st.fixed_dictionaries(
        {}, optional=dict(
            query=VALUES, gallery=st.dictionaries(st.text(), VALUES)))
    | st.dictionaries(
        st.sampled_from(['0', '1', 'query']), ENTRIES.map(
            lambda entry: dict(entry, relative_path='a/b'))
        | st.dictionaries(
            st.sampled_from(['bbox_idx', 'height', 'id', 'relative_path']),
            VALUES)), st.sampled_from(['train', 'valid']))
def test_an_annotation_file_is_read_or_refused_by_name(folder, value, split):
    path = _written(folder / 'bbox_info.json', value)
    for read in (lambda: read_entries(str(path), split),
                 lambda: read_ground_truth(path)):
        try:
            read()
        except ValueError as error:
            assert str(path) in str(error)


@given(st.binary() | VALUES
       | st.dictionaries(INDICES.map(str), st.lists(INDICES | VALUES)))
def test_a_ranking_file_is_read_or_refused_by_name(folder, value):
    path = _written(folder / 'ranking.json', value)
    try:
        ranking = read_ranking_file(path)
    except ValueError as error:
        assert str(path) in str(error)
    else:
        write_ranking_file(path, ranking)
        assert read_ranking_file(path) == ranking


@given(
    st.text() | st.builds('{} = {}'.format, WORDS, st.text())
    | st.builds('a = {!r}'.format, VALUES))
def test_a_config_is_read_or_refused(text):
    try:
        assert isinstance(parse_plain_config(text), dict)
    except ValueError as error:
        assert str(error).startswith('The config is')


class Labels:
    """What the sampler needs of a data set."""

    def __init__(self, pairs, **more):
        self.pairs, self.more = np.array(pairs), more

    def __len__(self):
        return len(self.pairs)

    def column(self, key):
        if key in self.more:
            return self.more[key]
        return self.pairs[:, ['action_idx', 'gt_label'].index(key)]


@given(
    pairs=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 6)),
        min_size=1,
        max_size=60),
    num=st.integers(1, 5),
    scope=st.sampled_from(['action', 'all']),
    singletons=st.sampled_from(['keep', 'drop', 'repeat']),
    portion=st.none() | st.integers(1, 4),
    epoch=st.integers(0, 3))
def test_the_sampler_keeps_its_promises(pairs, num, scope, singletons, portion,
                                        epoch):
    identities = pairs if scope == 'action' else [pair[1] for pair in pairs]
    counts = [identities.count(each) for each in identities]
    assume(singletons != 'drop' or max(counts) >= num)
    sampler = ActionIdentitySampler(
        Labels(pairs),
        num_instances=num,
        scope=scope,
        singletons=singletons,
        identities_per_action=portion if scope == 'action' else None,
        seed=0)
    sampler.set_epoch(epoch)
    drawn = list(sampler)
    assert len(drawn) == len(sampler)
    if singletons == 'repeat':
        assert set(drawn) == set(range(len(pairs)))
    else:
        assert len(set(drawn)) == len(drawn)
    if singletons == 'keep':
        assert len(drawn) == len(pairs)
    else:  # whole blocks, each of one identity
        for begin in range(0, len(drawn), num):
            block = drawn[begin:begin + num]
            assert len(block) == num
            assert len({identities[i] for i in block}) == 1


BOX = dict(ID='9', points=dict(x1=1, y1=2, x2=3, y2=4.5))
BOX['class'] = 'Player team left'
LABELS = dict(
    GameMetadata=dict(list_actions=['0.png']),
    actions={'0.png': dict(linked_replays=['0_1.png'], bboxes=[BOX])},
    replays={'0_1.png': dict(bboxes=[BOX])})
COCO = dict(
    images=[dict(id=1, file_name='a.png')],
    annotations=[dict(id=2, image_id=1, bbox=[0, 0, 2, 3])])


def places(node, path=()):
    """The ways to every value of a document."""
    yield path
    items = node.items() if isinstance(node, dict) else \
        enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def replaced(node, path, value):
    if not path:
        return value
    copied = node.copy()
    copied[path[0]] = replaced(node[path[0]], path[1:], value)
    return copied


@given(st.sampled_from([*places(LABELS)]), VALUES)
def test_labels_of_frames_are_read_or_refused_by_name(folder, place, value):
    path = _written(folder / 'Labels-v3.json', replaced(LABELS, place, value))
    try:
        boxes = read_frame_labels(path)
    except ValueError as error:
        assert str(path) in str(error)
    else:
        assert all(len(each.box) == 4 for each in boxes)


@given(st.sampled_from([*places(COCO)]), VALUES)
def test_boxes_of_coco_are_read_or_refused_by_name(folder, place, value):
    path = _written(folder / 'coco.json', replaced(COCO, place, value))
    try:
        crops = read_coco_crops(path)
    except ValueError as error:
        assert str(path) in str(error)
    else:
        assert all(len(each.box) == 4 for each in crops)


@given(st.text() | st.binary())
def test_a_list_of_crops_is_read_or_refused_by_name(folder, rows):
    header = 'path,identity,subset\n'
    path = folder / 'test.csv'
    if isinstance(rows, str):
        rows = (header + rows).encode(errors='replace')
    path.write_bytes(rows)
    try:
        found = read_rows(path)
    except (ValueError, FileNotFoundError) as error:
        assert str(path) in str(error)
    else:
        assert not found


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 3)),
        min_size=1,
        max_size=40), st.integers(1, 3), st.integers(1, 3),
    st.sampled_from([None, 1, 2, 3]),
    st.sampled_from(['keep', 'repeat', 'drop']), st.booleans(),
    st.permutations(['action', 'match', 'league']), st.integers(0, 3))
def test_batches_are_filled_and_keep_people_apart(pairs, num, size, portion,
                                                  singletons, apart, levels,
                                                  count):
    # (action, number on the shirt), two actions a match: whoever has one
    # number in both may be one person.
    assume(singletons != 'drop' or max(map(pairs.count, pairs)) >= num)
    labels = Labels(
        pairs,
        img_path=[f'x/y/{action // 2}/{action}/z.png' for action, _ in pairs],
        role=['Player_team_left'] * len(pairs),
        jersey=[str(number) for _, number in pairs])
    batch = num * size * (portion or 1)
    sampler = ActionBatchSampler(
        labels,
        batch_size=batch,
        num_instances=num,
        singletons=singletons,
        identities_per_action=portion,
        levels=levels[:count],
        keep_apart=apart,
        seed=0)
    drawn = list(sampler)
    assert len(drawn) == len(sampler) and len(drawn) % num == 0
    if not apart and singletons != 'drop':
        assert set(drawn) == set(range(len(pairs)))
    unit = num * (portion or 1)
    for begin in range(0, len(drawn), unit):
        assert len({pairs[i][0] for i in drawn[begin:begin + unit]}) == 1
    for begin in range(0, len(drawn) if apart else 0, batch):
        met = {pairs[i] for i in drawn[begin:begin + batch]}
        assert len({(a // 2, number) for a, number in met}) == len(met)


# Few values, so that distances are equal often, and some that are large.
NUMBERS = st.sampled_from([0., 1., -1., .5, 1e-30, 3e30])


@st.composite
def splits(draw):
    """Queries and a gallery of a few actions, and their embeddings."""
    actions = draw(st.lists(st.integers(0, 3), min_size=1, max_size=12))
    asked = draw(st.lists(st.sampled_from(actions), min_size=1, max_size=6))
    people = [
        draw(st.sampled_from([(a, 0), (a, 1)])) for a in actions
    ]  # yapf: disable
    wanted = [
        draw(st.sampled_from([p for p in people if p[0] == a])) for a in asked
    ]
    length = draw(st.integers(1, 3))
    rows = st.lists(NUMBERS, min_size=length, max_size=length)
    embeddings = [
        np.array([draw(rows) for _ in each], draw(st.sampled_from('fd')))
        for each in (asked, actions)
    ]

    def crops(actions, people, kind):
        return Crops(
            range(len(actions)),
            actions,
            kind=kind,
            person_uid=[10 * a + p for a, p in people])

    return (*embeddings, crops(asked, wanted, 'query'),
            crops(actions, people, 'gallery crop'))


@given(splits())
def test_rankings_and_scores_are_those_of_a_slow_reference(split):
    q, g, query, gallery = split
    rankings = rank_within_actions(q, g, query, gallery)
    scores = score_rankings(rankings, query, gallery)
    largest = max(np.abs(q).max(), np.abs(g).max())
    scale = 1 if largest < 1e10 else largest
    for i in range(len(query)):
        rows = np.flatnonzero(gallery.action_idx == query.action_idx[i])
        distances = [
            np.square(((q[i] - g[j]) / scale).astype(np.float32)).sum()
            for j in rows
        ]
        hashes = tie_break_hash(query.bbox_idx[i:i + 1],
                                gallery.bbox_idx[rows]).tolist()
        expected = [
            row for *_, row in sorted(zip(distances, hashes, rows.tolist()))
        ]
        found = rankings[i].tolist()
        assert sorted(found) == rows.tolist()
        place = {row: distance for row, distance in zip(rows, distances)}
        # Scaled by another number, the least of them may round to equal ones.
        if scale == 1:
            assert found == expected
        else:
            ordered = [place[row] for row in found]
            assert all(a <= b or math.isclose(a, b, rel_tol=1e-5)
                       for a, b in zip(ordered, ordered[1:]))
        right = [
            gallery.person_uid[j] == query.person_uid[i] for j in found
        ]
        precision = [
            sum(right[:k + 1]) / (k + 1) for k, hit in enumerate(right) if hit
        ]
        assert math.isclose(scores.average_precision[i],
                            sum(precision) / len(precision))
        assert scores.first_match[i] == right.index(True) + 1


@given(splits(), st.integers(0, 5), st.sampled_from([math.nan, math.inf]))
def test_an_embedding_that_is_no_number_or_no_gallery_is_refused(
        split, position, value):
    q, g, query, gallery = split
    broken = g.copy()
    broken[position % len(g), 0] = value
    with pytest.raises(ValueError, match='NaN or Inf in 1 of'):
        rank_within_actions(q, broken, query, gallery)
    moved = Crops(gallery.bbox_idx, gallery.action_idx + 10, kind='gallery')
    with pytest.raises(ValueError, match='nothing to rank'):
        rank_within_actions(q, g, query, moved)
