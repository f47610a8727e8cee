import functools
import http.server
import io
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.runner import checkpoint, load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader, load_from_http

import snreid_mm  # noqa: F401  (registers the loaders)
from snreid_mm.utils.safe_load import (HAS_LIST, DamagedError,
                                       _history_buffer_attribute, _safely,
                                       read_checkpoint, restricted_pickle,
                                       safe_loading)

needs_list = pytest.mark.skipif(
    not HAS_LIST, reason='this torch has no list of safe types')


@pytest.fixture
def hub(tmp_path):
    """A checkpoint with a message hub, as the runner writes it."""
    hub = MessageHub('safe-load')
    for value in (1.0, np.float64(2.0), np.float32(3.0)):
        hub.update_scalar('train/loss', value)
    hub.update_info('epoch', 3)
    path = tmp_path / 'hub.pth'
    torch.save(dict(hub=hub.state_dict(), scalar=np.float64(0.5)), path)
    return path


class Evil:

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path, )


@pytest.fixture
def evil(tmp_path):
    """A checkpoint that makes a file when it is unpickled, and that file."""
    path, made = tmp_path / 'evil.pth', tmp_path / 'made'
    torch.save(dict(evil=Evil(made)), path)
    return path, made


@pytest.fixture
def served(tmp_path, monkeypatch):
    """The address of a server of the folder."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))

    class Handler(http.server.SimpleHTTPRequestHandler):

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(
        ('127.0.0.1', 0), functools.partial(Handler, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f'http://127.0.0.1:{server.server_port}'
    server.shutdown()
    server.server_close()


def test_a_message_hub_survives_a_safe_load(hub):
    loaded = CheckpointLoader.load_checkpoint(str(hub))
    assert loaded['scalar'] == 0.5
    buffer = loaded['hub']['log_scalars']['train/loss']
    assert isinstance(buffer, HistoryBuffer)
    assert buffer.mean() == 2.0


@needs_list
def test_pytorch_alone_still_refuses_it(hub):
    # When it no longer does, the list can go.
    with pytest.raises(pickle.UnpicklingError, match='HistoryBuffer|getattr'):
        torch.load(hub, weights_only=True)


@needs_list
def test_the_list_is_the_same_before_and_after(hub):
    before = set(torch.serialization.get_safe_globals())
    read_checkpoint(str(hub))
    assert set(torch.serialization.get_safe_globals()) == before
    # Also what somebody else has allowed.
    with torch.serialization.safe_globals([HistoryBuffer]):
        allowed = set(torch.serialization.get_safe_globals())
        with safe_loading(), safe_loading():
            pass
        assert set(torch.serialization.get_safe_globals()) == allowed


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


def test_code_is_refused_from_everywhere(evil, served):
    path, made = evil
    for source in (str(path), f'{served}/evil.pth'):
        with pytest.raises(ValueError, match='cannot|torch can load safely'):
            load_checkpoint(torch.nn.Linear(1, 1), source)
        assert not made.exists()
    # When MMEngine's own way is safe, the loaders of URLs can go.
    load_from_http(f'{served}/evil.pth')
    assert made.exists()


class Attribute:

    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


def test_other_attributes_are_refused_from_everywhere(tmp_path, served):
    # MMEngine's fork would allow `getattr` itself.
    torch.save(dict(found=Attribute()), tmp_path / 'model.pth')
    for source in (tmp_path / 'model.pth', f'{served}/model.pth'):
        with pytest.raises(ValueError, match='do not trust|torch can load s'):
            CheckpointLoader.load_checkpoint(str(source))


def test_the_forks_list_is_empty_meanwhile(monkeypatch):
    name, seen = 'get_torch_safe_globals', []
    monkeypatch.setattr(checkpoint, name, lambda: [getattr], raising=False)

    def loader(filename, map_location):
        seen.append(checkpoint.get_torch_safe_globals())
        return {}

    _safely(loader)('http://model.pth')
    assert seen == [[]] and checkpoint.get_torch_safe_globals() == [getattr]


def test_the_unpickler_for_older_versions(hub, evil):
    # It does its work under any version.
    load = functools.partial(
        torch.load, weights_only=False, pickle_module=restricted_pickle())
    expected, found = read_checkpoint(str(hub)), load(hub)
    assert found['scalar'] == expected['scalar'] == .5
    assert found['hub']['log_scalars']['train/loss'].mean() == 2
    path, made = evil
    with pytest.raises(pickle.UnpicklingError, match='nothing that a check'):
        load(path)
    assert not made.exists()


def test_that_unpickler_changes_no_class():
    # A pickle that would fill the class itself, and one that would fill a
    # function.
    for name in (b'cmmengine.logging.history_buffer\nHistoryBuffer\n',
                 b'ctorch._utils\n_rebuild_tensor_v2\n'):
        data = b'\x80\x02' + name + b'N}X\x04\x00\x00\x00meanK\x01s\x86b.'
        with pytest.raises(pickle.UnpicklingError, match='fills a'):
            restricted_pickle().load(io.BytesIO(data))
    assert callable(HistoryBuffer.mean)


def test_a_torchscript_program_is_no_checkpoint(tmp_path):
    path = str(tmp_path / 'script.pth')
    torch.jit.script(torch.nn.Linear(1, 1)).save(path)
    with pytest.raises(ValueError, match='script.pth'):
        read_checkpoint(path)


def test_weights_of_an_address(tmp_path, served):
    state = torch.nn.Linear(2, 1).state_dict()
    torch.save(state, tmp_path / 'linear.pth')
    model = torch.nn.Linear(2, 1)
    load_checkpoint(model, f'{served}/linear.pth')
    assert torch.equal(model.weight, state['weight'])
    (tmp_path / 'page.pth').write_text('<html>not found</html>')
    with pytest.raises(ValueError, match='page.pth is not .* web page'):
        load_checkpoint(model, f'{served}/page.pth')
    with pytest.raises(
            ConnectionError, match="weights 'http.*none.pth' cannot be fetch"):
        load_checkpoint(model, f'{served}/none.pth')


def test_only_statistics_of_a_history_buffer_can_be_looked_up():
    assert _history_buffer_attribute(HistoryBuffer,
                                     'mean') is HistoryBuffer.mean
    for owner, name in ((HistoryBuffer, '__init__'), (np.ndarray, 'mean')):
        with pytest.raises(ValueError, match='do not trust this file'):
            _history_buffer_attribute(owner, name)


def test_a_checkpoint_file_must_be_there_and_whole(tmp_path):
    path = tmp_path / 'model.pth'
    with pytest.raises(FileNotFoundError, match='no checkpoint .*model.pth'):
        read_checkpoint(str(path))
    torch.save(dict(weight=torch.ones(1000)), path)
    read_checkpoint(str(path))
    whole = path.read_bytes()
    flipped = bytearray(whole)
    at = whole.index(torch.ones(1000).numpy().tobytes()) + 400
    flipped[at:at + 64] = bytes(64)
    for content, fault in ((whole[:len(whole) // 2], 'its end is missing'),
                           (b'', 'it is empty'),
                           (flipped, 'model/data/0 in it is damaged')):
        path.write_bytes(content)
        with pytest.raises(DamagedError, match=fault):
            read_checkpoint(str(path))


CODE = 'zz = __import__("pathlib").Path("made").touch()'


@pytest.mark.parametrize('key', ['cfg', 'config'])
def test_a_config_that_is_code_is_left_out(tmp_path, served, monkeypatch,
                                           key):
    monkeypatch.chdir(tmp_path)
    plain = 'model = dict(type=\'A\')\n'
    for content in (dict(meta={key: CODE}), dict(meta={key: plain}),
                    dict(message_hub=dict(runtime_info={key: CODE})),
                    dict(meta='', message_hub=['']), dict(meta={key: 3})):
        torch.save(content, tmp_path / 'model.pth')
        for source in ('model.pth', f'{served}/model.pth'):
            loaded = CheckpointLoader.load_checkpoint(source)
            text = str(content)
            assert str(loaded) == text.replace(repr({key: CODE}), '{}')
        for path in (tmp_path / 'cache').rglob('*.pth'):
            path.unlink()
    assert not Path('made').exists()


@pytest.mark.parametrize('content', [b'<html>not found</html>', b'version 1'])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / 'model.pth'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='model.pth is not a checkpoint'):
        read_checkpoint(str(path))
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match='model.pth holds a list'):
        read_checkpoint(str(path))
