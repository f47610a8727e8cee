import numpy as np
import pytest

from snreid_mm.evaluation.functional import score_rankings
from snreid_mm.report import analyse


def test_scores(report, split, rankings):
    first, perfect = report.models
    expected = score_rankings(rankings['first'], *split).summary()
    assert first.mAP.value == pytest.approx(expected['mAP'])
    assert first.mAP.value == pytest.approx(100 * (1 / 2 + 1 + 1 / 3) / 3)
    for name, score in first.ranks.items():
        assert score.value == pytest.approx(expected[name])
        assert score.low <= score.value <= score.high
    assert perfect.mAP.value == perfect.mAP.low == perfect.mAP.high == 100
    assert report.actions == 10
    assert report.chance['rank-1'] == 25


def test_difference(report):
    first, perfect = report.models
    assert first.difference is None
    assert perfect.difference.value == pytest.approx(100 - first.mAP.value)


def test_what_comes_first(report):
    first, perfect = report.models
    assert first.first.tolist() == [1, 0, 2] * 10
    assert first.first_shares == {
        'right': pytest.approx(100 / 3),
        'wrong, same class': pytest.approx(100 / 3),
        'wrong, other class': pytest.approx(100 / 3)
    }
    assert perfect.first_shares == {'right': 100}


def test_cumulative_matches(report):
    assert report.models[0].cmc[:4] == pytest.approx(
        (100 / 3, 200 / 3, 100, 100))


def test_groups(report):
    groups = report.models[0].groups
    players, = [g for g in groups['role'] if g.name == 'Player_team_left']
    assert players.queries == 20
    assert players.mAP.value == pytest.approx(75)
    assert players.rank1.value == pytest.approx(50)
    assert sum(group.queries for group in groups['height']) == 30


def test_one_action_has_no_interval(split, rankings):
    query, gallery = split

    def one(crops):
        mask = crops.action_idx == 0
        return type(crops)(
            crops.bbox_idx[mask], crops.action_idx[mask],
            np.asarray(crops.person_uid)[mask])

    each = rankings['first']
    score = analyse(
        one(query), one(gallery),
        dict(one=type(each)(each.offsets[:4],
                            each.gallery[:12]))).models[0].mAP
    assert score.value > 0
    assert score.low is None and score.high is None


def test_without_classes(split, rankings):
    query, gallery = (type(crops)(crops.bbox_idx, crops.action_idx,
                                  crops.person_uid) for crops in split)
    model = analyse(query, gallery, rankings).models[0]
    assert set(model.first_shares) == {'right', 'wrong'}


def test_without_labels(split, rankings):
    with pytest.raises(ValueError, match='has no person_uid'):
        analyse(*(crops.without_labels() for crops in split), rankings)
