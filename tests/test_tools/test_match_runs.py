"""All runs of a table, matched by one command."""

import json
from pathlib import Path

import pytest
from random_classifier import random_classifier
from random_embeddings import save_random

from snreid_mm.evaluation.metrics.matching_files import write_own_frame

TOOL = Path(__file__).resolve().parents[2] / 'tools/analysis_tools/' \
    'match_runs.py'


@pytest.fixture
def run(tiny_pitch, tmp_path):
    folder = tmp_path / 'work/small/fraction-1/seed-0'
    folder.mkdir(parents=True)
    for split in ('valid', 'test'):
        save_random(folder / f'embeddings_{split}.npz', tiny_pitch, split)
    (folder / 'result.json').write_text(
        json.dumps(dict(label='small one', fraction=1., seed=0)))
    return folder


def test_the_table(run_tool, run, tiny_pitch, tmp_path):
    own_frame = tmp_path / 'own_frame.json'
    write_own_frame(own_frame, random_classifier(), {})
    code, printed, errors = run_tool(TOOL, tmp_path / 'work', '--data-root',
                                     tiny_pitch, '--own-frame', own_frame,
                                     '--methods', 'dual_softmax')
    assert code == 0, errors
    table = (tmp_path / 'work/matched.md').read_text()
    assert table in printed
    assert 'dual_softmax_own_frame' in table and '| small one' in table
    scores = json.loads((run / 'matched/scores.json').read_text())
    assert f'{scores["dual_softmax"]["mAP"]:.2f} / ' in table


def test_an_empty_folder_is_one_sentence(run_tool, tiny_pitch, tmp_path):
    code, _, errors = run_tool(TOOL, tmp_path, '--data-root', tiny_pitch)
    assert code == 1 and errors.count('\n') == 1
    assert 'holds no finished run of results_table.py' in errors


def test_a_wrong_own_frame_is_one_sentence(run_tool, run, tiny_pitch,
                                           tmp_path):
    code, _, errors = run_tool(TOOL, tmp_path / 'work', '--data-root',
                               tiny_pitch, '--own-frame',
                               tmp_path / 'nowhere.json')
    assert code == 1 and errors.count('\n') == 1
    assert 'nowhere.json' in errors
    assert not (run / 'matched').exists()
