import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.soccernet import read_ground_truth, write_ranking_file
from snreid_mm.structures import Crops

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'visualization' /
        'show_rankings.py')


def _rank(root, split, path):
    """Write a ranking file of random embeddings."""
    dataset = SoccerNetReID(data_root=str(root), split=split, pipeline=[])
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    query, gallery = (
        Crops.from_records([r for r in records if r['subset'] == s])
        for s in ('query', 'gallery'))
    rng = np.random.default_rng(0)
    rankings = rank_within_actions(
        rng.standard_normal((len(query), 4)),
        rng.standard_normal((len(gallery), 4)), query, gallery)
    write_ranking_file(path, rankings.to_dict(query, gallery))
    return rankings, query, gallery


@pytest.fixture
def show(run_tool, tiny_pitch, tmp_path):
    """Run the tool; give its exit code, the pictures and the errors."""

    def run(*args, root=tiny_pitch):
        code, printed, errors = run_tool(TOOL, tmp_path / 'ranking.json',
                                         '--data-root', root, *args)
        return code, [Path(line) for line in printed.split()], errors

    return run


@pytest.fixture
def headings():
    """The heading of each picture."""
    return []


@pytest.fixture
def drawn(monkeypatch, headings):
    """What was drawn: each ranking's title, query and gallery crops."""
    rows = []
    from snreid_mm import visualization
    draw = visualization.draw_rankings

    def spy(rankings, columns, heading):
        rows.extend(rankings)
        headings.append(heading)
        return draw(rankings, columns, heading)

    monkeypatch.setattr(visualization, 'draw_rankings', spy)
    return rows


def test_pictures_of_queries_chosen_at_random(show, drawn, headings,
                                              tiny_pitch, tmp_path):
    rankings, query, gallery = _rank(tiny_pitch, 'test',
                                     tmp_path / 'ranking.json')
    code, pictures, errors = show('--random', 5, '--rows', 2, '--topk', 6,
                                  '--out', tmp_path / 'out')
    assert (code, errors) == (0, '')
    assert [p.name for p in pictures] == [
        'random_1.png', 'random_2.png', 'random_3.png'
    ]
    sizes = [cv2.imread(str(path)).shape for path in pictures]
    assert len({size[1] for size in sizes}) == 1
    assert sizes[2][0] < sizes[0][0]
    assert [p.name for p in (tmp_path / 'out').iterdir()
            if p.suffix != '.png'] == []
    assert len(drawn) == 5
    chosen = [int(row[0].split()[1]) for row in drawn]
    assert chosen == sorted(set(chosen))
    assert {len(headings), headings[0]} == {
        3, f'ranking.json, test: 5 of {len(query)} queries, chosen at random '
        '(seed 0); 1 to 2'
    }
    i = query.bbox_idx.tolist().index(chosen[0])
    scores = score_rankings(rankings, query, gallery)
    assert (f'AP {100 * scores.average_precision[i]:.1f} %  ·  first match '
            f'at rank {scores.first_match[i]} of') in drawn[0][0]
    # The right crops, best first, under their file names.
    _, shown, row = drawn[0]
    assert shown.name == Path(query.names[i]).name
    best = rankings[i][:6]
    assert [c.name for c in row] == [Path(gallery.names[j]).name for j in best]
    assert [c.correct for c in row] == [
        gallery.person_uid[j] == query.person_uid[i] for j in best
    ]
    np.testing.assert_array_equal(
        row[0].image, cv2.imread(gallery.names[best[0]]))


def test_another_seed_chooses_others(show, drawn, tiny_pitch, tmp_path):
    _rank(tiny_pitch, 'test', tmp_path / 'ranking.json')
    chosen = []
    for seed in (0, 0, 1):
        drawn.clear()
        assert show('--random', 2, '--topk', 1, '--seed', seed)[0] == 0
        chosen.append([row[0].split()[1] for row in drawn])
    assert chosen[0] == chosen[1] != chosen[2]


@pytest.mark.parametrize('which', ['worst', 'median', 'best'])
def test_queries_by_average_precision(show, drawn, headings, tiny_pitch,
                                      tmp_path, which):
    rankings, query, gallery = _rank(tiny_pitch, 'valid',
                                     tmp_path / 'ranking.json')
    code, pictures, _ = show('--split', 'valid', f'--{which}', 3, '--topk', 2)
    assert code == 0
    assert pictures == [tmp_path / 'ranking_panels' / f'{which}_1.png']
    assert which in headings[0] or 'middle' in headings[0]
    precision = score_rankings(rankings, query, gallery).average_precision
    position = {str(bbox): i for i, bbox in enumerate(query.bbox_idx)}
    shown = [precision[position[row[0].split()[1]]] for row in drawn]
    expected = np.sort(precision)
    if which == 'best':
        expected = expected[::-1]
    elif which == 'median':
        expected = expected[(len(query) - 3) // 2:]
    np.testing.assert_array_equal(shown, expected[:3])
    assert [len(row[2]) for row in drawn] == [2, 2, 2]


def test_chosen_queries_of_a_split_without_labels(show, drawn, tiny_pitch,
                                                  tmp_path):
    _rank(tiny_pitch, 'challenge', tmp_path / 'ranking.json')
    code, pictures, _ = show('--split', 'challenge', '--bbox', 5, 3)
    assert code == 0
    assert [p.name for p in pictures] == ['bbox_1.png']
    assert [row[0].split()[1] for row in drawn] == ['5', '3']
    assert {crop.correct for row in drawn for crop in row[2]} == {None}
    assert 'AP' not in drawn[0][0]
    code, _, errors = show('--split', 'challenge', '--worst', 3)
    assert code == 1 and '--worst needs labels' in errors


@pytest.mark.parametrize('args, message', [
    (('--bbox', 99999), '--bbox 99999: test has no such query'),
    (('--topk', 0), '--topk must be at least 1'),
    (('--random', -1), '--random must be at least 1'),
    (('--split', 'valid'), 'ranking.json: '),
])
def test_wrong_arguments_are_one_sentence(show, tiny_pitch, tmp_path, args,
                                          message):
    _rank(tiny_pitch, 'test', tmp_path / 'ranking.json')
    code, pictures, errors = show(*args)
    assert code == 1 and pictures == []
    assert errors.startswith('error: ') and errors.count('\n') == 1
    assert message in errors


def test_missing_files_are_one_sentence(show, tiny_pitch, tmp_path):
    code, _, errors = show()
    assert code == 1 and 'ranking.json' in errors
    _rank(tiny_pitch, 'test', tmp_path / 'ranking.json')
    code, _, errors = show(root=tmp_path / 'none')
    assert code == 1 and errors.count('\n') == 1 and 'none' in errors


def test_a_lost_image_is_named(show, tiny_pitch, tmp_path):
    root = tmp_path / 'pitch'
    shutil.copytree(tiny_pitch / 'test', root / 'test')
    _, query, _ = _rank(root, 'test', tmp_path / 'ranking.json')
    Path(query.names[0]).write_bytes(b'no image')
    code, _, errors = show(root=root)
    assert code == 1 and errors.count('\n') == 1
    assert f'{query.names[0]} cannot be read as an image' in errors
    assert len(read_ground_truth(root / 'test' / 'bbox_info.json')[0]) == len(
        query)
