"""Own frame fitted on train, matchings tuned on valid, applied to test."""

import json
from pathlib import Path

import pytest
from random_embeddings import save_random
from SoccerNet.Evaluation.ReIdentification import evaluate

from snreid_mm.evaluation import ActionRetrievalMetric

TOOLS = Path(__file__).resolve().parents[2] / 'tools' / 'analysis_tools'


def test_fitted_tuned_and_applied(run_tool, tiny_pitch, tmp_path):
    root = ('--data-root', tiny_pitch)
    own, tuned = tmp_path / 'own_frame.json', tmp_path / 'matching.json'
    code, printed, errors = run_tool(TOOLS / 'fit_own_frame.py', own, *root,
                                     '--steps', 50)
    assert code == 0, errors
    assert 'area under the curve on valid' in printed
    valid = save_random(tmp_path / 'valid.npz', tiny_pitch, 'valid')
    code, printed, errors = run_tool(
        TOOLS / 'tune_matching.py', valid, tuned, *root, '--own-frame', own,
        '--methods', 'distance', 'dual_softmax', 'k_reciprocal')
    assert code == 0, errors
    content = json.loads(tuned.read_text())
    assert content['tuned_on']['split'] == 'valid'
    assert content['tuned_on']['annotations'] != (
        content['tuned_on']['embeddings'])
    names = [
        'plain', 'distance_own_frame', 'dual_softmax',
        'dual_softmax_own_frame', 'k_reciprocal', 'k_reciprocal_own_frame'
    ]
    assert list(content['scores']) == names
    for name in names:
        assert f'{content["scores"][name]["mAP"]:.2f}' in printed

    assert ActionRetrievalMetric(matching=str(tuned)).own_frame is not None
    test = save_random(tmp_path / 'test.npz', tiny_pitch, 'test')
    code, printed, errors = run_tool(TOOLS / 'apply_matching.py', test, tuned,
                                     *root, '--rankings', tmp_path / 'out')
    assert code == 0, errors
    truth = tiny_pitch / 'test' / 'bbox_info.json'
    for name in names:
        scores = evaluate(str(truth), str(tmp_path / f'out/{name}.json'))
        line = next(line for line in printed.splitlines()
                    if line.startswith(f'| {name} '))
        assert f' {100 * scores["mAP"]:.2f} ' in line

    challenge = save_random(tmp_path / 'c.npz', tiny_pitch, 'challenge')
    code, printed, errors = run_tool(TOOLS / 'apply_matching.py', challenge,
                                     tuned, *root)
    assert code == 0, errors
    assert 'no labels, no scores' in printed


@pytest.mark.parametrize('split, named, message', [
    ('test', 'test', "embeddings of 'test': parameters are tuned on valid"),
    ('challenge', 'challenge', 'are tuned on valid alone'),
    ('test', '', 'are tuned on valid alone'),
    ('test', 'valid', 'not those of this split'),
])
def test_nothing_but_valid_is_tuned_on(run_tool, tiny_pitch, tmp_path, split,
                                       named, message):
    path = save_random(tmp_path / 'a.npz', tiny_pitch, split, named)
    code, _, errors = run_tool(TOOLS / 'tune_matching.py', path,
                               tmp_path / 'm.json', '--data-root', tiny_pitch)
    assert code == 1
    assert message in errors and errors.count('\n') == 1
    assert not (tmp_path / 'm.json').exists()


@pytest.mark.parametrize('option', ['--fraction', '--steps'])
def test_nothing_to_learn_from_is_refused(run_tool, tiny_pitch, tmp_path,
                                          option):
    code, _, errors = run_tool(TOOLS / 'fit_own_frame.py', tmp_path / 'a.json',
                               '--data-root', tiny_pitch, option, 0)
    assert code == 1 and '--fraction must be' in errors
