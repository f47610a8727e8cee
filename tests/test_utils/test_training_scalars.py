import json

import pytest

from snreid_mm.utils.training_scalars import read_scalars


def _write(root, stamp, *entries, end='\n'):
    path = root / stamp / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(map(json.dumps, entries)) + end)
    return path


def _train(step, loss, **more):
    return dict(loss=loss, time=.1, iter=step, step=step, **more)


def test_iterations_of_training_and_epochs_of_validation(tmp_path):
    path = _write(tmp_path, 'a', _train(50, 2., epoch=1),
                  _train(100, 1., epoch=2), {
                      'reid/mAP': 30.,
                      'data_time': 1.,
                      'step': 2
                  })
    for each in (path, tmp_path):
        curves = read_scalars(each)
        assert set(curves) == {'loss', 'reid/mAP'}
        assert curves['loss'] == ('iteration', {50: 2., 100: 1.})
        assert curves['reid/mAP'] == ('epoch', {2: 30.})


def test_a_training_without_epochs_counts_iterations(tmp_path):
    _write(tmp_path, 'a', _train(50, 2.), {'reid/mAP': 30., 'step': 50})
    assert read_scalars(tmp_path)['reid/mAP'] == ('iteration', {50: 30.})


def test_the_parts_of_a_resumed_training_are_joined(tmp_path):
    _write(tmp_path, '1', _train(50, 2., epoch=1), _train(100, 1., epoch=2))
    _write(tmp_path, '2', {'reid/mAP': 30., 'step': 2})
    _write(tmp_path, '3', _train(100, .5, epoch=2), _train(150, .4, epoch=3))
    curves = read_scalars(tmp_path)
    assert curves['loss'].points == {50: 2., 100: .5, 150: .4}
    assert curves['reid/mAP'].unit == 'epoch'


def test_the_line_that_is_being_written_does_not_count(tmp_path):
    _write(tmp_path, 'a', _train(50, 2.), end='\n{"loss": 1.')
    assert read_scalars(tmp_path)['loss'].points == {50: 2.}


def test_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match='holds no'):
        read_scalars(tmp_path)
    with pytest.raises(FileNotFoundError, match='none.json'):
        read_scalars(tmp_path / 'none.json')
    path = _write(tmp_path, 'a', _train(50, 2.))
    path.write_text(path.read_text() + 'oh\n')
    with pytest.raises(ValueError, match='Line 2 of .*scalars.json'):
        read_scalars(path)
    path.write_text('[]\n')
    with pytest.raises(ValueError, match='Line 1 of .*no JSON object'):
        read_scalars(path)
