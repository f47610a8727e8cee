from pathlib import Path

import cv2
import numpy as np
import pytest

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.evaluation.embedding_file import (SavedEmbeddings,
                                                 write_embeddings)
from snreid_mm.structures import Crops

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'visualization' /
        'show_embeddings.py')


@pytest.fixture
def save(tiny_pitch, tmp_path):

    def run(split):
        dataset = SoccerNetReID(
            data_root=str(tiny_pitch), split=split, pipeline=[])
        records = [dataset.get_data_info(i) for i in range(len(dataset))]
        query, gallery = (
            Crops.from_records([r for r in records if r['subset'] == subset])
            for subset in ('query', 'gallery'))
        rng = np.random.default_rng(0)
        write_embeddings(
            tmp_path / 'e.npz',
            SavedEmbeddings(
                split, query, gallery,
                *(rng.standard_normal((len(c), 8)).astype(np.float32)
                  for c in (query, gallery))))
        return query, gallery

    return run


@pytest.fixture
def drawn(monkeypatch):
    calls = []
    from snreid_mm import visualization
    draw = visualization.draw_embeddings

    def spy(*args):
        calls.append(args)
        return draw(*args)

    monkeypatch.setattr(visualization, 'draw_embeddings', spy)
    return calls


@pytest.fixture
def show(run_tool, tiny_pitch, tmp_path):

    def run(*args):
        return run_tool(TOOL, tmp_path / 'e.npz', '--data-root', tiny_pitch,
                        *args)

    return run


def test_an_action_and_who_is_who(show, save, drawn, tmp_path):
    query, gallery = save('test')
    action = query.action_idx[-1]
    code, printed, errors = show('--action', action)
    assert (code, errors) == (0, '')
    path = tmp_path / 'e_maps' / f'action_{action}.png'
    assert printed.strip() == str(path)
    assert cv2.imread(str(path)).shape[1] > 800
    (crops, axes, heading), = drawn
    asked = np.flatnonzero(query.action_idx == action)
    given = np.flatnonzero(gallery.action_idx == action)
    assert sum(crop.is_query for crop in crops) == len(asked)
    assert len(crops) == len(asked) + len(given)
    numbers = {query.person_uid[i]: n for n, i in enumerate(asked, 1)}
    assert [crop.query for crop in crops[len(asked):]
            ] == [numbers.get(gallery.person_uid[i]) for i in given]
    assert 'of the variance' in axes[0] and f'action {action}' in heading
    np.testing.assert_allclose(
        np.mean([crop.place for crop in crops], 0), 0, atol=1e-6)


def test_without_truth_there_are_no_persons(show, save, drawn):
    save('challenge')
    code, printed, errors = show('--num', 1, '--format', 'jpg')
    assert (code, errors) == (0, '') and printed.strip().endswith('.jpg')
    crops = drawn[0][0]
    assert {crop.query is None for crop in crops if not crop.is_query
            } == {True}
    assert [crop.name for crop in crops if crop.is_query][0] == 'Q1'


@pytest.mark.parametrize('args, message', [
    (('--action', 99999), '--action 99999: test has no query'),
    (('--num', 0), '--num must be at least 1'),
])
def test_errors_are_one_sentence(show, save, args, message):
    save('test')
    code, _, errors = show(*args)
    assert code == 1 and errors.count('\n') == 1 and message in errors
