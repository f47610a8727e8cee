import json
import zipfile

import numpy as np
import pytest

from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.soccernet import (check_ranking, ranking_file,
                                 read_ranking_file, read_ranking_text,
                                 write_ranking_file)
from snreid_mm.structures import Crops

QUERY = Crops([0, 1, 2], [5, 5, 6], kind='query')
GALLERY = Crops([0, 1, 2, 3], [5, 6, 5, 5], kind='gallery crop')
GOOD = {0: [2, 0, 3], 1: [0, 3, 2], 2: [1]}


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / 'new' / 'ranking.json'
    ranking = {np.int64(k): np.array(v) for k, v in GOOD.items()}
    assert write_ranking_file(path, ranking) == [path]
    assert json.loads(path.read_text()) == {
        '0': [2, 0, 3],
        '1': [0, 3, 2],
        '2': [1]
    }
    assert read_ranking_file(path) == GOOD
    assert [p.name for p in path.parent.iterdir()] == ['ranking.json']


def test_the_zip_holds_the_same_file(tmp_path):
    path = tmp_path / 'ranking.json'
    packed = tmp_path / 'ranking.zip'
    assert write_ranking_file(path, GOOD, zipped=True) == [path, packed]
    with zipfile.ZipFile(packed) as archive:
        assert archive.namelist() == ['ranking.json']
    assert read_ranking_text(packed) == path.read_bytes()
    assert read_ranking_file(packed) == GOOD


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r'\*.json'):
        write_ranking_file(tmp_path / 'ranking.txt', GOOD)


@pytest.mark.parametrize('text, message', [
    ('{"0": [1', r'not whole JSON \(.*\); write the ranking again, or copy'),
    ('[[0]]', 'holds a list'),
    ('{"a": [0]}', "'a' must be the bbox_idx"),
    ('{"01": [0]}', "'01' must be the bbox_idx"),
    ('{"3": [0], "3": [1]}', "the key '3' twice"),
    ('{"3": {"0": 1}}', "'3' .* a list of integers .* holds {'0': 1}"),
    ('{"3": [0, "1"]}', "'3' .* holds '1'"),
    ('{"3": [0.0]}', "'3' .* holds 0.0"),
    ('{"3": [true]}', "'3' .* holds True"),
])
def test_a_file_that_is_no_ranking_is_refused(tmp_path, text, message):
    path = tmp_path / 'ranking.json'
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_ranking_file(path)
    assert str(path) in str(error.value)
    assert len(str(error.value)) < len(str(path)) + 200


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='no.json'):
        read_ranking_file(tmp_path / 'no.json')


def test_a_zip_of_something_else_is_refused(tmp_path):
    path = tmp_path / 'ranking.zip'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('a.txt', 'x')
    with pytest.raises(ValueError, match='exactly one .json, but holds 0'):
        read_ranking_file(path)
    write_ranking_file(tmp_path / 'x.json', GOOD, zipped=True)
    broken = bytearray((tmp_path / 'x.zip').read_bytes())
    broken[:30] = bytes(30)
    path.write_bytes(broken)
    with pytest.raises(ValueError, match='ranking.zip is a broken zip'):
        read_ranking_file(path)


def test_a_good_ranking_passes_with_and_without_labels():
    rankings = check_ranking(GOOD, QUERY, GALLERY)
    assert rankings.to_dict(QUERY, GALLERY) == GOOD
    assert [row.tolist() for row in rankings] == [[2, 0, 3], [0, 3, 2], [1]]
    moved = Crops([2, 0, 1], [6, 5, 5])
    assert check_ranking(GOOD, moved, GALLERY).to_dict(moved,
                                                       GALLERY) == GOOD


@pytest.mark.parametrize('change, message', [
    ({1: None}, 'query 1 has no ranking'),
    ({7: [1]}, 'query 7 is not in the split .*exactly the 3 queries'),
    ({0: [2, 0, 3, 2]}, r'query 0 .*holds 1 \(such as 2\) that are repeated'),
    ({0: [2, 0]}, r'query 0 .* the 3 gallery crops .*lacks 1 \(such as 3\)'),
    ({0: [2, 0, 3, 99]},
     r'query 0 .*holds 1 \(such as 99\) that are .*unknown'),
    ({2: [1, 0]},
     r'query 2 .*action 6 .*\(such as 0\) that are .*another action'),
])
def test_what_is_wrong_is_named(change, message):
    ranking = {k: v for k, v in {**GOOD, **change}.items() if v is not None}
    with pytest.raises(ValueError, match='a.json: .*' + message):
        check_ranking(ranking, QUERY, GALLERY, 'a.json')


def test_a_read_ranking_scores_as_the_made_one(tmp_path, make_split):
    rng = np.random.default_rng(0)
    query, gallery = make_split(rng)
    rankings = rank_within_actions(
        rng.standard_normal((len(query), 4)),
        rng.standard_normal((len(gallery), 4)), query, gallery)
    path = tmp_path / 'ranking.json'
    write_ranking_file(path, rankings.to_dict(query, gallery))
    read = check_ranking(read_ranking_file(path), query, gallery)
    np.testing.assert_array_equal(
        score_rankings(rankings, query, gallery).average_precision,
        score_rankings(read, query, gallery).average_precision)


def test_a_zip_that_holds_too_much_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(ranking_file, '_LARGEST', 10)
    (path, packed) = write_ranking_file(
        tmp_path / 'r.json', {1: [2, 3, 4]}, zipped=True)
    with pytest.raises(ValueError, match='r.zip: r.json in it is 16 bytes '
                       'long, more than the 10'):
        read_ranking_file(packed)
    assert read_ranking_file(path) == {1: [2, 3, 4]}
