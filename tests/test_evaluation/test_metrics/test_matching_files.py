import json

import numpy as np
import pytest
from random_classifier import random_classifier

from snreid_mm.evaluation import ActionRetrievalMetric
from snreid_mm.evaluation.functional.matching import FRAME_CUES, Matching
from snreid_mm.evaluation.metrics.matching_files import (read_matching,
                                                         read_own_frame,
                                                         write_own_frame)


@pytest.fixture
def tuned():
    return dict(
        tuned_on=dict(split='valid'),
        methods=[
            dict(type='dual_softmax', temperature=.2),
            dict(type='sinkhorn', own_frame=.5)
        ],
        own_frame=random_classifier().to_dict())


def test_a_classifier_goes_back_and_forth(tmp_path):
    classifier = random_classifier()
    path = tmp_path / 'own_frame.json'
    write_own_frame(path, classifier, dict(split='train'))
    again = read_own_frame(path)
    for name, value in vars(classifier).items():
        np.testing.assert_array_equal(getattr(again, name), value)
    assert json.loads(path.read_text())['fitted_on'] == dict(split='train')


def test_a_tuned_file_is_all_that_the_metric_needs(tmp_path, tuned):
    path = tmp_path / 'matching.json'
    path.write_text(json.dumps(tuned))
    matchings, own_frame = read_matching(path)
    assert matchings == [
        Matching('dual_softmax', dict(temperature=.2)),
        Matching('sinkhorn', {}, .5)
    ]
    assert own_frame.bias == -.3
    metric = ActionRetrievalMetric(matching=str(path))
    assert metric.matchings == matchings and metric.own_frame is not None
    with pytest.raises(ValueError, match='brings its own classifier'):
        ActionRetrievalMetric(matching=str(path), own_frame='a.json')
    path.write_text(json.dumps(dict(tuned, own_frame=None)))
    with pytest.raises(ValueError, match="'sinkhorn_own_frame' needs"):
        ActionRetrievalMetric(matching=str(path))


@pytest.mark.parametrize('change, message', [
    (dict(tuned_on=dict(split='test')), "tuned on 'test', but .* valid alone"),
    (dict(tuned_on=None), 'holds no tuned matchings'),
    (dict(methods=dict(type='sinkhorn')), 'methods in .* must be a list'),
    (dict(methods=[dict(type='no')]), "type 'no'"),
    (dict(own_frame=dict(cues=['hue'])), 'fitted on other cues'),
    (dict(own_frame=dict(cues=list(FRAME_CUES))), 'no own-frame classifier'),
    (dict(own_frame=[1]), 'no own-frame classifier'),
])
def test_a_broken_tuned_file_is_refused(tmp_path, tuned, change, message):
    path = tmp_path / 'matching.json'
    path.write_text(json.dumps({**tuned, **change}))
    with pytest.raises(ValueError, match=message):
        read_matching(path)


@pytest.mark.parametrize('read, remedy',
                         [(read_matching, 'tune them with'),
                          (read_own_frame, 'fit one with')])
def test_a_missing_file_is_one_sentence(read, remedy):
    with pytest.raises(FileNotFoundError, match=f'no file a.x: .*{remedy}'):
        read('a.x')
