import pickle

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub

import snreid_mm  # noqa: F401  (allows the types at import)
from snreid_mm.utils.safe_load import (_history_buffer_attribute,
                                        check_checkpoint_file,
                                        read_checkpoint)

needs_list = pytest.mark.skipif(
    not hasattr(torch.serialization, 'add_safe_globals'),
    reason='this torch has no list of safe types')


@needs_list
def test_a_message_hub_survives_a_safe_load(tmp_path):
    hub = MessageHub('safe-load')
    for value in (1.0, np.float64(2.0), np.float32(3.0)):
        hub.update_scalar('train/loss', value)
    hub.update_info('epoch', 3)
    path = tmp_path / 'hub.pth'
    torch.save(dict(hub=hub.state_dict(), scalar=np.float64(0.5)), path)

    loaded = torch.load(path, weights_only=True)

    assert loaded['scalar'] == 0.5
    buffer = loaded['hub']['log_scalars']['train/loss']
    assert isinstance(buffer, HistoryBuffer)
    assert buffer.mean() == 2.0


@needs_list
def test_a_pose_estimators_checkpoint_loads(tmp_path):
    # The runner saves the data set's description, with colours as uint8.
    from mmpose.datasets import CocoDataset
    meta = CocoDataset._load_metainfo()
    assert meta['keypoint_colors'].dtype == np.uint8
    path = tmp_path / 'pose.pth'
    torch.save(
        dict(meta=dict(dataset_meta=meta), state_dict=dict(w=torch.ones(2))),
        path)

    loaded = read_checkpoint(str(path))['meta']['dataset_meta']

    assert loaded.keys() == meta.keys()
    for key, value in meta.items():
        np.testing.assert_array_equal(loaded[key], value)


@needs_list
def test_code_is_still_refused(tmp_path):

    class Evil:

        def __reduce__(self):
            return print, ('run', )

    path = tmp_path / 'evil.pth'
    torch.save(dict(evil=Evil()), path)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)


def test_only_statistics_of_a_history_buffer_can_be_looked_up():
    assert _history_buffer_attribute(HistoryBuffer,
                                     'mean') is HistoryBuffer.mean
    for owner, name in ((HistoryBuffer, '__init__'), (np.ndarray, 'mean')):
        with pytest.raises(ValueError, match='do not trust this file'):
            _history_buffer_attribute(owner, name)


def test_a_checkpoint_file_must_be_there_and_whole(tmp_path):
    path = tmp_path / 'model.pth'
    with pytest.raises(FileNotFoundError, match='no checkpoint .*model.pth'):
        check_checkpoint_file(str(path))
    torch.save(dict(weight=torch.ones(1000)), path)
    check_checkpoint_file(str(path))
    whole = path.read_bytes()
    for part in (whole[:len(whole) // 2], b''):
        path.write_bytes(part)
        with pytest.raises(ValueError, match='its end is missing'):
            check_checkpoint_file(str(path))
    check_checkpoint_file('torchvision://resnet50')


@pytest.mark.parametrize('content', [b'<html>not found</html>', b'version 1'])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / 'model.pth'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='model.pth is not a checkpoint'):
        check_checkpoint_file(str(path))
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match='model.pth holds a list'):
        check_checkpoint_file(str(path))
