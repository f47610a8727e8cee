"""The runs of a table, matched at test time."""

import json
import statistics

import pytest
from random_classifier import random_classifier
from random_embeddings import save_random

from snreid_mm.evaluation.metrics.matching_files import write_own_frame
from snreid_mm.results import matched_runs
from snreid_mm.results.matched import rank_saved
from snreid_mm.results.matched_runs import find_runs, match_run, tabulate
from snreid_mm.soccernet import judge

NAMES = [
    'plain', 'distance_own_frame', 'dual_softmax', 'dual_softmax_own_frame'
]


def add_run(work, root, label, seed):
    folder = work / f'{label}/fraction-0.1/seed-{seed}'
    folder.mkdir(parents=True)
    for split in ('valid', 'test'):
        save_random(
            folder / f'embeddings_{split}.npz', root, split, seed=seed)
    (folder / 'result.json').write_text(
        json.dumps(dict(label=label, fraction=.1, seed=seed)))
    return folder


@pytest.fixture
def work(tiny_pitch, tmp_path):
    for label, seed in (('one', 0), ('one', 1), ('two', 5)):
        add_run(tmp_path / 'work', tiny_pitch, label, seed)
    return tmp_path / 'work'


@pytest.fixture
def match(tiny_pitch, tmp_path):
    own_frame = tmp_path / 'own_frame.json'
    write_own_frame(own_frame, random_classifier(), {})

    def run(folder, with_own_frame=True):
        return match_run(folder, str(tiny_pitch),
                         str(own_frame) if with_own_frame else None,
                         ['distance', 'dual_softmax'])

    return run


def test_each_run_is_tuned_on_its_own_valid(work, match, tiny_pitch):
    for folder in find_runs(work):
        scores = match(folder)
        assert list(scores) == NAMES
        tuned = json.loads((folder / 'matched/matching.json').read_text())
        assert list(tuned['scores']) == NAMES
        on_valid = rank_saved(folder / 'embeddings_valid.npz',
                              str(tiny_pitch)).scores()
        assert tuned['scores']['plain'] == on_valid['plain']
        # The ranking files have the scores, as the judge gives them.
        for name in NAMES:
            judged = judge(folder / f'matched/rankings/{name}.json',
                           tiny_pitch / 'test/bbox_info.json')
            assert scores[name]['mAP'] == pytest.approx(judged['mAP'])


def test_a_line_for_each_model(work, match):
    runs = find_runs(work)
    scores = [match(run) for run in runs]
    header, _, one, two, _, note = tabulate(runs, scores).splitlines()
    assert 'transductive' in note
    assert [each.strip() for each in header.split('|')[1:-1]
            ] == ['model', 'data', 'seeds', *NAMES]
    cells = [each.strip() for each in one.split('|')[1:-1]]
    assert cells[:3] == ['one', '10 %', '2']
    for name, cell in zip(NAMES, cells[3:]):
        maps = [found[name]['mAP'] for found in scores[:2]]
        rank1 = statistics.fmean(found[name]['rank-1']
                                 for found in scores[:2])
        assert cell == (f'{statistics.fmean(maps):.2f} ± '
                        f'{statistics.stdev(maps):.2f} / {rank1:.2f}')
    plain = scores[2]['plain']
    assert two.split('|')[4].strip() == (f'{plain["mAP"]:.2f} / '
                                         f'{plain["rank-1"]:.2f}')


def test_what_is_done_is_done_once(work, match, tiny_pitch, monkeypatch):
    run, *_ = find_runs(work)
    before, made = match(run), []
    for name in ('tune_on_valid', 'rank_saved'):
        done = getattr(matched_runs, name)
        monkeypatch.setattr(
            matched_runs, name, lambda *args, name=name, done=done:
            (made.append(name), done(*args))[1])
    assert match(run) == before and made == []
    (run / 'matched/rankings/dual_softmax.json').unlink()
    assert match(run) == before and made == ['rank_saved']
    save_random(run / 'embeddings_valid.npz', tiny_pitch, 'valid', seed=9)
    match(run)
    assert made == ['rank_saved', 'tune_on_valid', 'rank_saved']


def test_ways_left_out_leave_no_ranking(work, match):
    run, *_ = find_runs(work)
    match(run)
    assert list(match(run, with_own_frame=False)) == ['plain', 'dual_softmax']
    assert {path.stem for path in (run / 'matched/rankings').iterdir()
            } == {'plain', 'dual_softmax'}


def test_no_run_and_no_embeddings(work, tmp_path):
    with pytest.raises(ValueError, match='holds no finished run'):
        find_runs(tmp_path / 'nowhere')
    path = work / 'two/fraction-0.1/seed-5/embeddings_test.npz'
    path.unlink()
    with pytest.raises(ValueError, match=f'{path} is missing.*--embeddings'):
        find_runs(work)
