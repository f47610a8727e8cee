import json

import pytest

from snreid_mm.utils.training_progress import training_progress


def log(work_dir, *lines, folder='20260101'):
    path = work_dir / folder / 'vis_data/scalars.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{json.dumps(line)}\n' for line in lines) +
                    '{"half')


def test_by_epoch(tmp_path):
    plan = dict(max_epochs=4)
    assert training_progress(tmp_path, plan) == ('waiting', 0)
    log(tmp_path)
    assert training_progress(tmp_path, plan) == ('waiting', 0)
    log(tmp_path, dict(epoch=1, step=5), dict(epoch=3, step=50))
    assert training_progress(tmp_path, plan) == ('epoch 3',
                                                 pytest.approx(2.5 / 4))
    log(tmp_path, dict(epoch=3, step=50), {'reid/mAP': 5., 'step': 3})
    assert training_progress(tmp_path, plan) == ('epoch 3',
                                                 pytest.approx(3 / 4))
    # A resumed training logs into a new folder.
    log(tmp_path, dict(epoch=4, step=60), folder='20260102')
    assert training_progress(tmp_path, plan) == ('epoch 4',
                                                 pytest.approx(3.5 / 4))


def test_by_iteration(tmp_path):
    log(tmp_path, dict(iter=50, step=50))
    plan = dict(by_epoch=False, max_iters=200)
    assert training_progress(tmp_path, plan) == ('iteration 50',
                                                 pytest.approx(1 / 4))
    del plan['max_iters']
    assert training_progress(tmp_path, plan) == ('iteration 50', 0)
