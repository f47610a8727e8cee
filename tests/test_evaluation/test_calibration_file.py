import json
from dataclasses import asdict

import pytest

from snreid_mm.evaluation.calibration_file import (read_calibration,
                                                   write_calibration)
from snreid_mm.evaluation.functional import Calibration

FIT = Calibration((-1.1, 2., 0., 1 / 3), (-2., 1.), (1., -1., 0., 0.), .5, .01)


def test_what_is_written_is_read(tmp_path):
    write_calibration(tmp_path / 'fit.json', FIT)
    assert read_calibration(tmp_path / 'fit.json') == FIT


@pytest.mark.parametrize('change, text', [
    (dict(alone=[1]), 'alone of a calibration must be 2 finite numbers'),
    (dict(threshold=float('nan')), 'threshold of a calibration'),
    (dict(no_match=[{}, 1, 2, 3]), 'no_match of a calibration'),
    (dict(more=1), 'is no calibration: it must hold in_ranking'),
])
def test_a_wrong_file_is_named(tmp_path, change, text):
    path = tmp_path / 'fit.json'
    path.write_text(json.dumps({**asdict(FIT), **change}))
    with pytest.raises(ValueError, match=f'fit.json.*{text}.*again'):
        read_calibration(path)


@pytest.mark.parametrize('text', ['', '[]', '{"alone": 1, "alone": 2}'])
def test_what_is_no_object_is_named(tmp_path, text):
    path = tmp_path / 'fit.json'
    path.write_text(text)
    with pytest.raises(ValueError, match='fit.json .*fit it again'):
        read_calibration(path)
    with pytest.raises(FileNotFoundError):
        read_calibration(tmp_path / 'none.json')
