"""A whole entry on a tiny pitch, with a tiny network."""

import json
import os
import runpy
import sys
import zipfile
from pathlib import Path

import pytest
from mmengine.config import Config

from snreid_mm.evaluation.embedding_file import read_embeddings
from snreid_mm.results import entry as entries
from snreid_mm.results.entry import Entry
from snreid_mm.soccernet import judge, load_index
from snreid_mm.utils.safe_load import read_checkpoint
from snreid_mm.utils.weights import average_weights

ROOT = Path(__file__).resolve().parents[2]
CONFIG = (
    ROOT / 'configs/strong/strong-resnet18_b64-12e_pitch-demo_128x64.py')
OPTIONS = [
    *(f'{split}_dataloader.{key}' for split in ('train', 'val', 'test')
      for key in ('num_workers=0', 'persistent_workers=False')),
    'train_dataloader.batch_size=16',
    'train_dataloader.sampler.batch_size=16',
    'train_cfg.max_epochs=2',
    'train_cfg.val_interval=2',
    'model.backbone.stem_channels=8',
    'model.backbone.base_channels=8',
]


def arguments(data_root, work_dir, *more):
    return [
        CONFIG, '--data-root', data_root, '--work-dir', work_dir, '--seeds', 0,
        1, '--jobs', 0, '--methods', 'dual_softmax', '--own-frame-fraction', 1,
        '--cfg-options', *OPTIONS, *more
    ]


@pytest.fixture(scope='module')
def work(tiny_pitch, tmp_path_factory):
    """The folder of an entry that is made."""
    folder = tmp_path_factory.mktemp('entry') / 'work'
    tool = ROOT / 'tools/enter.py'
    with pytest.MonkeyPatch.context() as patch:
        # Children that a test forks later are none of its jobs'.
        patch.setattr(os, 'register_at_fork', lambda **_: None)
        patch.setattr(
            sys, 'argv',
            list(map(str, [tool, *arguments(tiny_pitch, folder)])))
        runpy.run_path(str(tool), run_name='__main__')
    return folder


@pytest.fixture
def nothing_runs(monkeypatch):
    """From here on no model is trained or run."""

    def fail(*_, **__):
        raise AssertionError('a model is run')

    for name in ('RunJob', 'build_runner', 'execute'):
        monkeypatch.setattr(entries, name, fail)


def test_the_files(work, tiny_pitch):
    summary = json.loads((work / 'summary.json').read_text())
    assert set(summary['candidates']) == {'seed-0', 'seed-1', 'average'}
    best = max(summary['candidates'].values(), key=lambda each: each['mAP'])
    assert summary['candidates'][summary['entered']] == best
    names = ['plain', 'dual_softmax', 'dual_softmax_own_frame']
    assert list(summary['valid']) == list(summary['test']) == names
    assert summary['submitted'] == max(
        names, key=lambda name: summary['valid'][name]['mAP'])
    # What is zipped is what was chosen, and the judge gives its scores.
    truth = tiny_pitch / 'test/bbox_info.json'
    for path, name in (('test', summary['submitted']),
                       ('test_plain', 'plain')):
        scores = judge(work / f'submission/{path}.zip', truth)
        assert scores['mAP'] == pytest.approx(summary['test'][name]['mAP'])
    with zipfile.ZipFile(work / 'submission/challenge.zip') as packed:
        assert packed.namelist() == ['challenge.json']
        ranking = json.loads(packed.read('challenge.json'))
    records = load_index(str(tiny_pitch), 'challenge')
    assert {int(query) for query in ranking} == {
        record['bbox_idx']
        for record in records if record['subset'] == 'query'
    }
    table = (work / 'summary.md').read_text()
    assert '(submitted)' in table and 'transductive' in table
    for name in names:
        assert f'{summary["test"][name]["mAP"]:.2f}' in table


def test_the_own_frame_needs_no_image(work):
    saved = list((work / 'embeddings').glob('*.npz'))
    assert len(saved) > 2
    assert all(
        read_embeddings(path).gallery_cues is not None for path in saved)


def test_the_average_is_that_of_the_seeds(work):
    seeds = [
        work.glob(f'*/fraction-1/seed-{seed}/train/best_*.pth')
        for seed in (0, 1)
    ]
    mean = average_weights([next(each) for each in seeds])
    found = read_checkpoint(str(work / 'average.pth'))['state_dict']
    assert mean.keys() == found.keys()
    assert all((mean[key] == found[key]).all() for key in mean)


def test_nothing_is_chosen_on_test(work):
    configs = list(work.glob('*/fraction-1/seed-*/config.py'))
    assert len(configs) == 2
    for path in configs:
        assert Config.fromfile(path).test_dataloader.dataset.split == 'valid'
    matching = json.loads((work / 'matching.json').read_text())
    assert matching['tuned_on']['split'] == 'valid'
    own_frame = json.loads((work / 'own_frame.json').read_text())
    assert own_frame['fitted_on']['split'] == 'train'


def make(work, tiny_pitch, **changes):
    """Make the entry again; return its lines."""
    lines = []
    changes.setdefault('own_frame_fraction', 1.)
    options = dict(each.split('=') for each in OPTIONS)
    options = {
        key: json.loads(value.replace('False', 'false'))
        for key, value in options.items()
    }
    options.update(changes.pop('options', {}))
    Entry(
        str(CONFIG),
        str(tiny_pitch),
        work, [0, 1],
        options=options,
        methods=['dual_softmax'],
        jobs=0,
        say=lines.append,
        **changes).make()
    return lines


def test_what_is_done_is_kept(work, tiny_pitch, nothing_runs):
    before = {
        path: path.stat().st_mtime_ns
        for path in work.rglob('*')
        if path.is_file() and not path.name.startswith(('summary', '.lock'))
    }
    lines = make(work, tiny_pitch)
    assert all(line.startswith(('[kept]', 'entered')) for line in lines)
    assert len(lines) == 12
    for path, changed in before.items():
        assert path.stat().st_mtime_ns == changed, path


def test_what_follows_from_a_lost_file_is_done_again(work, tiny_pitch,
                                                     nothing_runs):
    ranking = (work / 'submission/test.json').read_bytes()
    (work / 'matching.json').write_text('{')
    lines = make(work, tiny_pitch)
    assert [line for line in lines if line.startswith('[....]')
            ] == ['[....] tune']
    # Tuned again it is the same, so that no ranking changes.
    assert (work / 'submission/test.json').read_bytes() == ranking
    (work / 'submission/test.zip').unlink()
    (work / 'rankings/test/of_another_method.json').write_text('{}')
    lines = make(work, tiny_pitch, false_accept_rate=.02)
    assert [line for line in lines if line.startswith('[....]')
            ] == ['[....] calibrate', '[....] rank-test']
    assert (work / 'submission/test.zip').is_file()
    assert {path.stem for path in (work / 'rankings/test').iterdir()} == {
        'plain', 'dual_softmax', 'dual_softmax_own_frame', 'scores'
    }


def test_the_own_frame_can_be_left_out(work, tiny_pitch, nothing_runs):
    make(work, tiny_pitch)  # whatever other tests have left
    lines = make(work, tiny_pitch, own_frame_fraction=0.)
    assert [line for line in lines if line.startswith('[....]')] == [
        '[....] tune', '[....] rank-test', '[....] rank-challenge'
    ]
    summary = json.loads((work / 'summary.json').read_text())
    assert list(summary['test']) == ['plain', 'dual_softmax']
    make(work, tiny_pitch)


def test_other_settings_are_refused(work, tiny_pitch, nothing_runs):
    with pytest.raises(ValueError, match='made with other settings.*flip'):
        make(work, tiny_pitch, options={'model.flip_test': False})


def test_a_lost_checkpoint_is_named(work, tiny_pitch, nothing_runs):
    path = next(work.glob('*/fraction-1/seed-1/train/best_*.pth'))
    aside = path.rename(path.with_suffix('.aside'))
    try:
        with pytest.raises(FileNotFoundError, match='is gone.*seed 1 was'):
            make(work, tiny_pitch)
    finally:
        aside.rename(path)


def test_a_failed_training_is_named(work, tiny_pitch, monkeypatch):
    monkeypatch.setattr(entries, 'execute', lambda *_, **__: None)
    monkeypatch.setattr(entries, 'sort_out', lambda runs: ([], runs))
    monkeypatch.setattr(entries.files, 'read_result', lambda run: None)
    with pytest.raises(ValueError, match='seed 0 has failed.*same command'):
        Entry(str(CONFIG), str(tiny_pitch), work, [0, 1]).make()


@pytest.mark.parametrize('changes, message', [
    (['--data-root', 'nowhere'], 'nowhere'),
    (['--seeds', '0', '0'], 'The seed 0 is given twice'),
    (['--own-frame-fraction', '2'], 'must be in [0, 1]'),
    (['--jobs', '-1'], '--jobs -1 is too few'),
    (['--cfg-options', 'model.backbone.dept=18', 'nothing=1'],
     "'nothing' would do nothing"),
])
def test_errors_in_one_line(run_tool, tiny_pitch, tmp_path, changes, message):
    code, _, err = run_tool(ROOT / 'tools/enter.py', CONFIG, '--data-root',
                            tiny_pitch, '--work-dir', tmp_path / 'work',
                            *changes)
    assert code == 1 and err.count('\n') == 1
    assert message in err
    assert not (tmp_path / 'work').exists()
