from pathlib import Path

import cv2
import numpy as np
import pytest

from snreid_mm.evaluation.functional import rank_within_actions, score_rankings
from snreid_mm.soccernet import read_ground_truth, write_ranking_file

TOOL = (Path(__file__).resolve().parents[2] / 'tools' / 'visualization' /
        'show_scores.py')


@pytest.fixture
def scores(tiny_pitch, tmp_path):
    """Two ranking files, and the scores of the queries in each."""
    query, gallery = read_ground_truth(tiny_pitch / 'test/bbox_info.json')
    found = {}
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        rankings = rank_within_actions(
            *(rng.standard_normal((len(c), 4)) for c in (query, gallery)),
            query, gallery)
        path = tmp_path / f'{seed}.json'
        write_ranking_file(path, rankings.to_dict(query, gallery))
        found[str(path)] = score_rankings(rankings, query, gallery)
    return found


@pytest.fixture
def show(run_tool, tiny_pitch, tmp_path):

    def run(*args, out=tmp_path / 'scores.png'):
        return run_tool(TOOL, *args, '--ground-truth',
                        tiny_pitch / 'test/bbox_info.json', '--out', out)

    return run


def test_the_picture_shows_the_scores(show, scores, tmp_path, monkeypatch):
    from snreid_mm import visualization
    draw, calls = visualization.draw_scores, []

    def spy(*args):
        calls.append(args)
        return draw(*args)

    monkeypatch.setattr(visualization, 'draw_scores', spy)
    first, second = scores
    code, printed, errors = show(f'one={first}', second, '--ranks', 5)
    assert (code, errors) == (0, '')
    assert printed.strip() == str(tmp_path / 'scores.png')
    assert cv2.imread(printed.strip()).shape[1] > 800
    cmc, groups, chance, heading = calls[0]
    for (name, curve), each in zip(cmc.items(), scores.values()):
        mean = 100 * each.average_precision.mean()
        assert name.endswith(f': mAP {mean:.1f}')
        np.testing.assert_allclose(
            curve, [100 * (each.first_match <= k).mean() for k in range(1, 6)])
        assert set(groups) == {'role', 'height', 'gallery size'}
        for kind in groups.values():
            parts = kind[name].values()
            assert sum(part['queries'] for part in parts) == len(each)
            assert sum(part['queries'] * part['mAP']
                       for part in parts) / len(each) == pytest.approx(mean)
    assert list(cmc)[0].startswith('one: ')
    assert len(chance) == 5 and str(len(each)) in heading


def test_errors_are_one_sentence(show, scores, tmp_path):
    first, _ = scores
    for args, message in (
        ((first, first), 'Two rankings are called'),
        ((first, '--ranks', 0), '--ranks must be at least 1'),
    ):
        code, _, errors = show(*args)
        assert code == 1 and errors.count('\n') == 1 and message in errors
    code, _, errors = show(first, out='a.gif')
    assert code == 1 and 'must end in' in errors
