import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from snreid_mm.evaluation.calibration_file import write_calibration

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'infer.py'


@pytest.fixture
def infer(run_tool, tiny_model):
    """Run a command with the small network; give what it printed."""

    def run(command, *args, code=0):
        found, printed, errors = run_tool(TOOL, command, tiny_model.config,
                                          '--checkpoint',
                                          tiny_model.checkpoint, *args)
        assert found == code, errors
        return errors if code else printed

    return run


@pytest.fixture
def calibration(tiny_model, tmp_path):
    path = tmp_path / 'calibration.json'
    write_calibration(path, tiny_model.calibration)
    return path


def test_extract(infer, folder, tmp_path):
    out = tmp_path / 'out.npz'
    printed = infer('extract', '--images', folder / '*.png', folder / 'below',
                    '--out', out)
    assert '7 embeddings of' in printed
    with np.load(out) as data:
        assert data['embedding'].shape[0] == 7
        assert data['name'][0] == str(folder / '0.png')
    boxes = tmp_path / 'boxes.json'
    boxes.write_text(
        json.dumps(
            dict(
                images=[dict(id=1, file_name='0.png')],
                annotations=[dict(id=5, image_id=1, bbox=[0, 0, 9, 20])])))
    infer('extract', '--coco', boxes, '--frames', folder, '--out', out)
    with np.load(out) as data:
        assert data['name'].tolist() == ['0.png#5']
    error = infer('extract', '--out', out, code=1)
    assert error == 'error: Name the crops by --images or by --coco, not ' \
        'both.\n'


def test_rank(infer, folder, calibration, tmp_path):
    out, picture = tmp_path / 'out.csv', tmp_path / 'rows.png'
    printed = infer('rank', '--queries', folder / 'below', '--gallery', folder,
                    '--topk', 3, '--picture', picture, '--people-folders',
                    '--calibration', calibration, '--out', out)
    assert '100.00 % of 2 queries have their person' in printed
    assert '| query ' in printed and f'Written: {out}' in printed
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [row['rank'] for row in rows] == ['1', '2', '3'] * 2
    assert rows[0]['gallery'] == rows[0]['query']  # is in the gallery
    assert 0 < float(rows[2]['same_person']) < float(rows[0]['same_person'])
    assert cv2.imread(str(picture)).shape[0] > 400


def test_match_files(infer, folder, tmp_path):
    out = tmp_path / 'out.json'
    infer('match', '--action', folder / '0.png', folder / '1.png', '--replay',
          folder / '1.png', '--matching', 'type=dual_softmax', '--out', out)
    first, second = json.loads(out.read_text())
    assert first['replay'] == '' and first['distance'] is None
    assert second['action'] == second['replay'] == str(folder / '1.png')
    error = infer('match', '--action', folder, code=1)
    assert 'by --action and --replay, or by --labels' in error


def test_match_a_game_of_soccernet(infer, folder, tmp_path):
    def frame(*ids, **more):
        return dict(
            bboxes=[{
                'class': 'Player team left',
                'ID': identity,
                'points': dict(x1=9 * i, y1=0, x2=9 * i + 8, y2=30)
            } for i, identity in enumerate(ids)], **more)

    labels = tmp_path / 'Labels-v3.json'
    labels.write_text(
        json.dumps(
            dict(
                GameMetadata=dict(list_actions=['0.png', '1.png']),
                actions={
                    '0.png': frame('9', None, linked_replays=['3.png']),
                    '1.png': frame(linked_replays=[])
                },
                replays={'3.png': frame('4', '9')})))
    out = tmp_path / 'out.csv'
    printed = infer('match', '--labels', labels, '--frames', folder, '--out',
                    out)
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [row['action'] for row in rows] == ['0.png#0', '0.png#1']
    assert {row['replay'] for row in rows} == {'3.png#0', '3.png#1'}
    assert [row['annotated'] for row in rows] == ['3.png#1', '']
    right = int(rows[0]['replay'] == '3.png#1')
    assert f'2 pairs, among them {right} of the 1 that are' in printed


def test_compare_and_save(infer, run_tool, folder, calibration, tmp_path):
    printed = infer('compare', '--images', folder / '0.png', folder / '0.png',
                    '--cfg-options', 'model.flip_test=True')
    assert '|     0.00 |' in printed and 'same_person' not in printed
    saved = tmp_path / 'saved'
    infer('save', '--calibration', calibration, '--folder', saved)
    code, printed, errors = run_tool(TOOL, 'compare', saved, '--images',
                                     folder / '0.png', folder / '1.png')
    assert not code and 'same_person' in printed, errors


@pytest.mark.parametrize('command, args, text', [
    ('extract', ['--images', 'a', '--out', 'a.txt'], 'a.txt must end in'),
    ('rank', ['--queries', 'a', '--gallery', 'b', '--picture', 'c.gif'],
     '--picture c.gif must end in .png'),
    ('rank', ['--queries', 'a', '--gallery', 'b', '--topk', 0],
     '--topk must be at least 1, but is 0'),
    ('rank', ['--queries', 'no', '--gallery', 'b'],
     'There is no image no: correct the path'),
])
def test_a_wrong_argument(infer, command, args, text):
    error = infer(command, *args, code=1)
    assert error.startswith('error: ') and error.count('\n') == 1
    assert text in error


def test_bad_input_is_one_sentence(infer, run_tool, tiny_model, folder,
                                   tmp_path):
    (tmp_path / 'empty').mkdir()
    other = tmp_path / 'other.pth'
    torch.save(dict(state_dict=dict(weight=torch.zeros(2))), other)

    def coco(*box):
        path = tmp_path / f'boxes{box[0]}.json'
        path.write_text(
            json.dumps(
                dict(
                    images=[dict(id=1, file_name='0.png')],
                    annotations=[dict(id=5, image_id=1, bbox=box)])))
        return '--coco', path, '--frames', folder

    def refused(text, errors):
        assert errors.startswith('error: ') and errors.count('\n') == 1
        assert text in errors
        assert not (tmp_path / 'out.npz').exists()

    out = '--out', tmp_path / 'out.npz'
    for args, text in (
        (('--images', folder / 'notes.txt'), 'notes.txt cannot be read as'),
        (('--images', tmp_path / 'empty'), 'empty holds no image'),
        (coco(3, 4, 0, 9), 'of 0.png#5 has no area'),
        (coco(300, 4, 9, 9), 'of 0.png#5 lies outside its frame of 20 x 48'),
    ):
        refused(text, infer('extract', *args, *out, code=1))
    code, _, errors = run_tool(TOOL, 'extract', tiny_model.config,
                               '--checkpoint', other, '--images', folder, *out)
    assert code == 1
    refused('does not fit the model', errors)
