"""SoccerNet's evaluator as the judge."""

import json

import pytest

from snreid_mm.soccernet import check_agreement, judge, write_ranking_file


def test_it_judges_a_file_and_its_zip(tmp_path, capsys):
    def entry(bbox, person):
        return dict(bbox_idx=bbox, action_idx=3, person_uid=person)

    truth = tmp_path / 'bbox_info.json'
    truth.write_text(
        json.dumps(
            dict(
                query={'0': entry(0, 7)},
                gallery={
                    '0': entry(0, 8),
                    '1': entry(1, 7),
                    '2': entry(2, 9)
                })))
    for path in write_ranking_file(tmp_path / 'a.json', {0: [0, 1, 2]}, True):
        assert judge(path, truth) == {'mAP': 50., 'rank-1': 0.}
    assert capsys.readouterr().out == ''


def test_disagreement_is_an_error():
    check_agreement({'mAP': 50.}, {'mAP': 50. + 1e-5, 'rank-1': 3.})
    with pytest.raises(ValueError, match='mAP 50.000000 and ours 50.001000'):
        check_agreement({'mAP': 50.}, {'mAP': 50.001})
