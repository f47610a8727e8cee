import csv
import json

import numpy as np
import pytest

from snreid_mm.utils.columns import check_format, write_columns

COLUMNS = dict(
    name=np.array(['a,"b', 'é']),
    rank=np.array([1, 2]),
    distance=np.array([.5, np.nan]),
    embedding=np.array([[1, 2], [3, 4]], np.float32))


def test_json(tmp_path):
    path = tmp_path / 'new' / 'out.json'
    write_columns(path, COLUMNS)
    assert json.loads(path.read_text()) == [
        dict(name='a,"b', rank=1, distance=.5, embedding=[1, 2]),
        dict(name='é', rank=2, distance=None, embedding=[3, 4])
    ]


def test_csv(tmp_path):
    path = tmp_path / 'out.csv'
    write_columns(path, COLUMNS)
    with path.open(newline='', encoding='utf-8') as file:
        rows = list(csv.reader(file))
    assert rows == [[
        'name', 'rank', 'distance', 'embedding_0', 'embedding_1'
    ], ['a,"b', '1', '0.5', '1.0', '2.0'], ['é', '2', '', '3.0', '4.0']]


def test_npz(tmp_path):
    path = tmp_path / 'out.npz'
    write_columns(path, COLUMNS)
    with np.load(path, allow_pickle=False) as data:
        assert set(data) == set(COLUMNS)
        for name, array in COLUMNS.items():
            np.testing.assert_array_equal(data[name], array)


def test_another_suffix(tmp_path):
    with pytest.raises(ValueError, match='out.txt must end in .json, .csv'):
        check_format('out.txt')
    with pytest.raises(ValueError, match='must end in'):
        write_columns(tmp_path / 'out', COLUMNS)
