from dataclasses import replace

import numpy as np
import pytest

from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.evaluation.functional.comparison import (changed_most, compare,
                                                        gallery_sizes,
                                                        query_groups)
from snreid_mm.results.sides import load, read_side
from snreid_mm.soccernet import read_ground_truth, write_ranking_file
from snreid_mm.structures import Crops


@pytest.fixture
def lists():
    """Three actions; a query's match and two others in each gallery."""
    query = Crops(
        bbox_idx=np.arange(3),
        action_idx=np.array([0, 1, 2]),
        person_uid=np.array([10, 20, 30]),
        role=['Player_team_left', 'Player_team_left', 'Main_referee'],
        height=np.array([40, 100, 300]),
        kind='query')
    gallery = Crops(
        bbox_idx=np.arange(9),
        action_idx=np.repeat([0, 1, 2], 3),
        person_uid=np.array([10, 11, 12, 20, 21, 22, 30, 31, 32]),
        role=[
            'Player_team_left', 'Player_team_left', 'Player_team_right'
        ] * 2 + ['Main_referee', 'Side_referee', 'Player_team_left'],
        kind='gallery crop')
    return query, gallery


def _write(path, *orders):
    write_ranking_file(path, dict(enumerate(orders)))
    return str(path)


@pytest.fixture
def sides(lists, tmp_path):
    # Right, a teammate, the other referee; then worse, better, equal.
    before = _write(tmp_path / 'a.json', [0, 1, 2], [4, 3, 5], [7, 8, 6])
    after = _write(tmp_path / 'b.json', [2, 1, 0], [3, 4, 5], [8, 7, 6])
    return [
        read_side(name, [path], *lists)
        for name, path in (('a', before), ('b', after))
    ]


def test_a_side(sides):
    before, after = sides
    assert before.average_precision == pytest.approx([1, 1 / 2, 1 / 3])
    assert before.rank1s.tolist() == [[1, 0, 0]]
    assert before.same_class.tolist() == [0, 1, 0]
    assert before.other_class.tolist() == [0, 0, 1]
    assert after.same_class.tolist() == [0, 0, 0]
    assert after.other_class.tolist() == [1, 0, 1]
    scores = after.scores()
    assert scores['first wrong, other class'] == pytest.approx(200 / 3)
    assert scores['mAP'] == pytest.approx(100 * (1 / 3 + 1 + 1 / 3) / 3)
    total = (scores['rank-1'] + scores['first wrong, same class'] +
             scores['first wrong, other class'])
    assert total == pytest.approx(100)


def test_several_files_are_averaged(lists, tmp_path, sides):
    both = read_side('both', [str(tmp_path / 'a.json'),
                              str(tmp_path / 'b.json')], *lists)
    assert both.average_precision == pytest.approx(
        (sides[0].average_precision + sides[1].average_precision) / 2)
    assert both.rank1s.mean(0).tolist() == [.5, .5, 0]


def test_the_groups(lists):
    groups = query_groups(*lists)
    assert {k: {n: m.tolist() for n, m in g.items()}
            for k, g in groups.items()} == {
        'role': {
            'Main_referee': [False, False, True],
            'Player_team_left': [True, True, False]
        },
        'height': {
            'under_64px': [True, False, False],
            '64_to_127px': [False, True, False],
            'from_256px': [False, False, True]
        },
        'gallery size': {'under_10': [True] * 3}
    }
    assert gallery_sizes(*lists).tolist() == [3, 3, 3]


def test_the_comparison(lists, sides):
    result = compare(*sides, lists[0], query_groups(*lists), resamples=200)
    score = result['mAP']
    assert (result['queries'], result['actions']) == (3, 3)
    assert (result['better'], result['worse']) == (1, 1)
    assert score['after'] - score['before'] == pytest.approx(
        score['difference'])
    assert score['low'] <= score['difference'] <= score['high']
    assert score['covers_zero'] is True
    assert result['rank-1']['before'] == pytest.approx(100 / 3)
    referee = result['groups']['role']['Main_referee']
    assert (referee['better'], referee['worse']) == (0, 0)
    assert referee['mAP']['difference'] == 0 == referee['mAP']['low']
    # One action, which changed: there is no interval.
    small = result['groups']['height']['under_64px']['mAP']
    assert small['low'] is None and small['high'] is None
    assert small['covers_zero']


def test_a_run_against_itself(lists, sides):
    result = compare(sides[0], sides[0], lists[0], query_groups(*lists))
    for metric in ('mAP', 'rank-1'):
        value = result[metric]
        assert (value['difference'], value['low'], value['high']) == (0, 0, 0)
        assert value['covers_zero']
    assert changed_most(sides[0], sides[0], *lists, 10) == []


def test_pairs_are_drawn_together(lists, sides):
    rng = np.random.default_rng(0)
    runs = rng.random((4, 3))
    before = replace(sides[0], average_precisions=runs, rank1s=runs)
    # Trainings that differ much, each of which gains the same.
    after = replace(
        before, average_precisions=runs + .1, rank1s=runs + [0, .1, .2])
    arguments = (before, after, lists[0], query_groups(*lists))
    apart, pairs = compare(*arguments), compare(*arguments, paired=True)
    for metric in ('mAP', 'rank-1'):
        for key in ('before', 'after', 'difference'):
            assert apart[metric][key] == pytest.approx(pairs[metric][key])
    assert apart['mAP']['high'] - apart['mAP']['low'] > 10
    assert pairs['mAP']['low'] == pytest.approx(10)
    assert pairs['mAP']['high'] == pytest.approx(10)
    # The actions are drawn still.
    assert pairs['rank-1']['low'] < 5 and pairs['rank-1']['high'] > 15
    with pytest.raises(ValueError, match='a and b are to be paired, but they are 4 and 1'):
        compare(before, sides[1], *arguments[2:], paired=True)


def test_the_queries_that_changed_most(lists, sides):
    named = replace(lists[0], names=['zero.png', 'one.png', 'two.png'])
    rows = changed_most(*sides, named, lists[1], 10)
    assert [row['query'] for row in rows] == [0, 1]
    assert rows[0] == dict(
        query=0,
        action=0,
        role='Player_team_left',
        height=40,
        gallery=3,
        before=100,
        after=pytest.approx(100 / 3),
        change=pytest.approx(-200 / 3),
        file='zero.png')
    (row, ) = changed_most(*sides, *lists, 1)
    assert row['file'] == ''


def test_a_ground_truth_without_classes_or_heights(lists, sides, tmp_path):
    query, gallery = (
        Crops(c.bbox_idx, c.action_idx, c.person_uid, kind=c.kind)
        for c in lists)
    side = read_side('a', [str(tmp_path / 'a.json')], query, gallery)
    assert side.same_class is None and list(side.scores()) == ['mAP', 'rank-1']
    assert list(query_groups(query, gallery)) == ['gallery size']
    assert changed_most(side, sides[1], query, gallery, 1)[0]['role'] == ''


def test_on_a_pitch(tiny_pitch, tmp_path):
    truth = tiny_pitch / 'test' / 'bbox_info.json'
    query, gallery = read_ground_truth(truth)
    rng = np.random.default_rng(0)
    rankings = rank_within_actions(
        rng.random((len(query), 3)), rng.random((len(gallery), 3)), query,
        gallery)
    path = tmp_path / 'r.json'
    write_ranking_file(path, rankings.to_dict(query, gallery))
    query, gallery, (side, ) = load(str(truth), {'r': [str(path)]})
    scores = score_rankings(rankings, query, gallery).summary()
    assert side.scores()['mAP'] == pytest.approx(scores['mAP'])
    assert side.scores()['rank-1'] == pytest.approx(scores['rank-1'])
