from pathlib import Path

import cv2
import numpy as np
import pytest

from snreid_mm.datasets import SoccerNetReID
from snreid_mm.evaluation.calibration_file import write_calibration
from snreid_mm.evaluation.embedding_file import (SavedEmbeddings,
                                                 write_embeddings)
from snreid_mm.evaluation.functional import (find_matches, fit_calibration,
                                             rank_within_actions)
from snreid_mm.soccernet import write_ranking_file
from snreid_mm.structures import Crops

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'visualization' /
        'show_associations.py')


def _split(root, split):
    dataset = SoccerNetReID(data_root=str(root), split=split, pipeline=[])
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    return [
        Crops.from_records([r for r in records if r['subset'] == subset])
        for subset in ('query', 'gallery')
    ]


def _embed(query, gallery):
    """One direction for each person, but that every third query looks like
    somebody else of its action."""
    rng = np.random.default_rng(0)
    if query.person_uid is None:
        return [rng.standard_normal((len(c), 4)) for c in (query, gallery)]
    persons = np.unique(
        np.concatenate([query.person_uid, gallery.person_uid]))
    directions = rng.standard_normal((len(persons), 64))
    found = [
        directions[np.searchsorted(persons, crops.person_uid)].copy()
        for crops in (query, gallery)
    ]
    for i in range(0, len(query), 3):
        others = np.flatnonzero((gallery.action_idx == query.action_idx[i])
                                & (gallery.person_uid != query.person_uid[i]))
        found[0][i] = found[1][others[0]]
    return found


@pytest.fixture
def drawn(monkeypatch):
    """What was drawn: the queries, the gallery and the links of each action,
    and its heading."""
    calls = []
    from snreid_mm import visualization
    draw = visualization.draw_associations

    def spy(*args):
        calls.append(args)
        return draw(*args)

    monkeypatch.setattr(visualization, 'draw_associations', spy)
    return calls


@pytest.fixture
def show(run_tool, tiny_pitch, tmp_path):

    def run(source, *args):
        code, printed, errors = run_tool(TOOL, source, '--data-root',
                                         tiny_pitch, *args)
        lines = [Path(line) for line in printed.splitlines()]
        return code, [p for p in lines if p.suffix], errors

    return run


def _check_truth(call, query, gallery):
    """The links are right and wrong as the truth says."""
    queries, crops, links, *_ = call
    persons = [
        dict(zip(each.bbox_idx.tolist(), each.person_uid.tolist()))
        for each in (query, gallery)
    ]
    assert len({link.crop for link in links}) == len(links) > 0
    for link in links:
        asked = int(queries[link.query].name.split()[-1])
        given = int(crops[link.crop].name.split()[-1])
        assert link.correct == (persons[0][asked] == persons[1][given])


def test_links_are_right_and_wrong_as_the_truth_says(show, drawn, tiny_pitch,
                                                     tmp_path):
    query, gallery = _split(tiny_pitch, 'test')
    rankings = rank_within_actions(*_embed(query, gallery), query, gallery)
    write_ranking_file(tmp_path / 'r.json', rankings.to_dict(query, gallery))
    actions = np.unique(query.action_idx)
    code, pictures, errors = show(tmp_path / 'r.json', '--action', *actions)
    assert (code, errors) == (0, '')
    assert [p.name for p in pictures
            ] == [f'action_{action}.png' for action in actions]
    assert pictures[0].parent == tmp_path / 'r_associations'
    for path, call in zip(pictures, drawn):
        assert cv2.imread(str(path)).shape[0] > 200
        _check_truth(call, query, gallery)
    links = [link for call in drawn for link in call[2]]
    assert {True, False} == {link.correct for link in links}
    assert sum(len(call[0]) for call in drawn) == len(query)
    # Whoever looks like himself is found.
    assert sum(link.correct for link in links) >= len(query) / 2
    for link in links:
        assert link.confidence == pytest.approx(1 / int(link.label.split()[1]))
    # Each gallery crop names the query that it is.
    names = {crop.name.split('\n')[0] for crop in drawn[0][1]}
    assert any(name.startswith('is Q') for name in names)


def test_probabilities_of_a_calibration(show, drawn, tiny_pitch, tmp_path):
    query, gallery = _split(tiny_pitch, 'valid')
    embeddings = _embed(query, gallery)
    write_embeddings(tmp_path / 'valid.npz',
                     SavedEmbeddings('valid', query, gallery, *embeddings))
    rankings = rank_within_actions(*embeddings, query, gallery)
    calibration = fit_calibration(rankings,
                                  find_matches(rankings, query, gallery))
    write_calibration(tmp_path / 'c.json', calibration)
    code, pictures, errors = show(tmp_path / 'valid.npz', '--calibration',
                                  tmp_path / 'c.json', '--num', 1, '--format',
                                  'jpg', '--out', tmp_path / 'out')
    assert (code, errors) == (0, '')
    assert len(pictures) == 1 and pictures[0].suffix == '.jpg'
    call, = drawn
    _check_truth(call, query, gallery)
    same = calibration.same_person(rankings)
    for link in call[2]:
        assert link.label == f'{100 * link.confidence:.0f} %'
        assert np.isclose(same, link.confidence).any()


def test_without_truth_no_line_is_right_or_wrong(show, drawn, tiny_pitch,
                                                 tmp_path):
    query, gallery = _split(tiny_pitch, 'challenge')
    rankings = rank_within_actions(*_embed(query, gallery), query, gallery)
    write_ranking_file(tmp_path / 'r.json', rankings.to_dict(query, gallery))
    code, pictures, errors = show(tmp_path / 'r.json', '--split', 'challenge',
                                  '--num', 1)
    assert (code, errors) == (0, '') and len(pictures) == 1
    queries, crops, links, heading, _ = drawn[0]
    assert {link.correct for link in links} == {None}
    assert 'right' not in heading
    assert crops[0].name.startswith('gallery ')


@pytest.mark.parametrize('args, message', [
    (('--action', 99999), '--action 99999: test has no query'),
    (('--num', 0), '--num must be at least 1'),
    (('--calibration', 'c.json'), '--calibration needs distances'),
    (('--split', 'valid'), 'r.json: '),
])
def test_wrong_arguments_are_one_sentence(show, tiny_pitch, tmp_path, args,
                                          message):
    query, gallery = _split(tiny_pitch, 'test')
    rankings = rank_within_actions(*_embed(query, gallery), query, gallery)
    write_ranking_file(tmp_path / 'r.json', rankings.to_dict(query, gallery))
    code, pictures, errors = show(tmp_path / 'r.json', *args)
    assert code == 1 and pictures == []
    assert errors.startswith('error: ') and errors.count('\n') == 1
    assert message in errors


def test_embeddings_of_another_split_are_refused(show, tiny_pitch, tmp_path):
    query, gallery = _split(tiny_pitch, 'valid')
    write_embeddings(
        tmp_path / 'valid.npz',
        SavedEmbeddings('valid', query, gallery, *_embed(query, gallery)))
    code, _, errors = show(tmp_path / 'valid.npz', '--split', 'test')
    assert code == 1 and 'leave it out' in errors
