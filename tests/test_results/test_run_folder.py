import os
import pathlib

import pytest
import torch
from filelock import FileLock

from snreid_mm.results import folder as files


def _save(run, name, age=0, half=False):
    path = run.folder / 'train' / name
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(state_dict={}), path)
    if half:
        path.write_bytes(path.read_bytes()[:-200])
    os.utime(path, (10**9 - age, ) * 2)
    return path


def test_changed_settings_are_refused_once_something_is_trained(make_run):
    run = make_run()
    files.prepare(run)
    changed = make_run(options={'train_cfg.max_epochs': 5})
    files.check_unchanged(changed)  # there is nothing to mix yet
    assert not files.is_at_work(run)
    with FileLock(run.folder / files.LOCK):  # but a job is about to
        assert files.is_at_work(run)
        with pytest.raises(ValueError, match='made with other settings'):
            files.check_unchanged(changed, files.is_at_work(changed))
    assert not files.is_at_work(run)
    _save(run, 'epoch_1.pth')
    files.check_unchanged(run)
    with pytest.raises(ValueError) as error:
        files.check_unchanged(changed)
    assert 'train_cfg.max_epochs: 4 then, 5 now' in str(error.value)
    assert '--work-dir' in str(error.value)
    # The same training, tested another way.
    files.check_unchanged(make_run(tested='last'))


def test_files_that_are_gone_or_new_are_not_compared(make_run):
    run = make_run()
    run.settings['the contents of a.pth'] = '1'
    files.prepare(run)
    files.write_state(run, files.RESULT, {})
    del run.settings['the contents of a.pth']
    run.settings['the contents of b.pth'] = '2'
    files.check_unchanged(run)
    run.settings['the contents of a.pth'] = '3'
    with pytest.raises(ValueError, match='contents of a.pth: 1 then, 3 now'):
        files.check_unchanged(run)


def test_many_changes_are_counted(make_run):
    run = make_run()
    files.prepare(run)
    files.write_state(run, files.RESULT, {})
    new = make_run(more='model = dict(a=1, b=2, c=3, d=4)')
    with pytest.raises(ValueError, match='a: unset then, 1 now; .* and 2 more'
                       ):
        files.check_unchanged(new)


def test_an_unreadable_config_changes_nothing(make_run):
    run = make_run()
    files.prepare(run)
    files.write_state(run, files.RESULT, {})
    files.check_unchanged(make_run(more='1 / 0'))


def test_states_are_read_as_written(make_run):
    run = make_run()
    assert files.read_state(run, files.RESULT) is None
    files.write_state(run, files.RESULT, dict(a=1))
    assert files.read_state(run, files.RESULT) == dict(a=1)


def test_half_a_checkpoint_is_not_resumed(make_run):
    run = make_run()
    assert files.newest_whole(run) is None
    _save(run, 'epoch_3.pth', age=0, half=True)
    assert files.newest_whole(run) is None
    whole = _save(run, 'epoch_2.pth', age=10)
    _save(run, 'epoch_1.pth', age=20)
    _save(run, 'best_reid_mAP_epoch_3.pth')
    assert files.newest_whole(run) == whole


def test_a_whole_checkpoint_that_is_refused_is_no_reason_to_start_anew(
        make_run):
    run = make_run()
    _save(run, 'epoch_1.pth', age=20)
    path = _save(run, 'epoch_2.pth', age=10)
    torch.save(dict(meta=pathlib.PurePosixPath('x')), path)
    with pytest.raises(ValueError, match='epoch_2.pth is not a checkpoint'):
        files.newest_whole(run)


def test_a_pruned_run_cannot_be_tested_another_way(make_run):
    run = make_run()
    _save(run, 'epoch_4.pth')
    _save(run, 'best_reid_mAP_epoch_2.pth')
    files.prune(run)  # it has no result yet
    assert len(files.checkpoints(run)) == 2
    files.write_state(run, files.RESULT, dict(checkpoint='epoch_4.pth'))
    run.tested = 'last'
    files.prune(run)
    assert [path.name for path in files.checkpoints(run)] == ['epoch_4.pth']
    assert files.checkpoint_to_test(run).name == 'epoch_4.pth'
    run.tested = 'best'
    with pytest.raises(
            FileNotFoundError,
            match='--prune has left only epoch_4.pth.*--checkpoint last'):
        files.checkpoint_to_test(run)
    files.prune(run)
    assert len(files.checkpoints(run)) == 1


def test_pruning_never_removes_all(make_run):
    run = make_run()
    path = _save(run, 'epoch_4.pth')
    files.write_state(run, files.RESULT, dict(checkpoint='epoch_9.pth'))
    files.prune(run)
    assert path.exists()


def test_the_tested_checkpoint(make_run):
    run = make_run()
    with pytest.raises(FileNotFoundError, match='left no checkpoint'):
        files.checkpoint_to_test(run)
    last = _save(run, 'epoch_4.pth')
    assert files.checkpoint_to_test(run) == last
    best = _save(run, 'best_reid_mAP_epoch_2.pth', age=20)
    assert files.checkpoint_to_test(run) == best
    assert files.checkpoint_to_test(make_run(tested='last')) == last


def test_a_fingerprint_is_of_the_settings_alone():
    assert files.fingerprint(dict(a='1', b='2')) == files.fingerprint(
        dict(b='2', a='1'))
    assert files.fingerprint(dict(a='1')) != files.fingerprint(dict(a='2'))
